import pg from 'pg';

export const dynamic = 'force-dynamic';
let pool;

export async function GET() {
  pool ??= new pg.Pool({ connectionString: process.env.DATABASE_URL });
  return Response.json((await pool.query('SELECT 1 AS id')).rows);
}
