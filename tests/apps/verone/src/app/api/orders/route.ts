import { NextResponse } from 'next/server';

import { listOrders } from '@/lib/orders';

export async function GET() {
  return NextResponse.json(await listOrders());
}
