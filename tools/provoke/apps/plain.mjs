// Node's own server and the driver of PostgreSQL, nothing else.
import http from 'node:http';
import pg from 'pg';
import { attachSockets, crash, hang, leak, port, upload } from './faults.mjs';

if (!process.env.DATABASE_URL) throw new Error('DATABASE_URL is not set');
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
await pool.query('SELECT 1');
console.log('connected to the database');

const deeds = { '/crash': crash, '/hang': hang, '/leak': leak, '/upload': upload };
const server = http.createServer((request, response) => {
  const path = request.url.split('?')[0];
  console.log(`${request.method} ${path}`);
  const known = path === '/' || path === '/orders' || path in deeds;
  deeds[path]?.();
  response.writeHead(known ? 200 : 404).end(known ? 'ok\n' : 'not found\n');
});
attachSockets(server);
server.listen(port, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${port}`));
process.on('SIGTERM', () => {
  console.log('SIGTERM received, closing');
  server.close(() => process.exit(0));
});
