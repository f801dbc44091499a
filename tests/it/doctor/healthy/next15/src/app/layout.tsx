import type { Metadata } from 'next';

export const metadata: Metadata = { title: 'Harbor', description: 'Berths, bookings and boats' };

export default function RootLayout({ children }: Readonly<{ children: React.ReactNode }>) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
