export const SESSION_COOKIE = 'verone_session';

export type User = { name: string; role: 'owner' | 'staff' };

export function readSession(value: string | undefined): User | null {
  if (!value) return null;
  return { name: decodeURIComponent(value), role: 'staff' };
}
