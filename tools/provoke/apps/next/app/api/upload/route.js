import { writeFile } from 'node:fs/promises';

export const dynamic = 'force-dynamic';

export async function GET() {
  await writeFile(`${process.env.UPLOAD_DIR}/poster.png`, Buffer.alloc(4 << 20));
  return new Response('ok');
}
