export const dynamic = 'force-dynamic';

export async function GET() {
  const orders = undefined;
  return Response.json(orders.map((order) => order.id));
}
