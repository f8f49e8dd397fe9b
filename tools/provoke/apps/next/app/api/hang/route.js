export const dynamic = 'force-dynamic';

export async function GET() {
  for (;;);
}
