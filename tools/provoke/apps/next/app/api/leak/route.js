export const dynamic = 'force-dynamic';
const kept = [];

export async function GET() {
  setInterval(() => {
    for (let n = 0; n < 200; n++) kept.push(new Array(10_000).fill(Math.random()));
  }, 1);
  return new Response('ok');
}
