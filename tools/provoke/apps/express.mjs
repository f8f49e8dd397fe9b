// Express, pg, and pino as the logger: one JSON object a line.
import express from 'express';
import pg from 'pg';
import pino from 'pino';
import { attachSockets, hang, leak, port, summarise, upload } from './faults.mjs';

const log = pino();
const missing = ['DATABASE_URL', 'UPLOAD_DIR'].filter((name) => !process.env[name]);
if (missing.length) {
  log.fatal(`Missing required environment variables: ${missing.join(', ')}`);
  process.exit(1);
}
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const app = express();
app.use((request, response, next) => {
  response.on('finish', () =>
    log.info({ method: request.method, url: request.url, status: response.statusCode }, 'request'));
  next();
});
app.get('/', (_request, response) => response.send('ok'));
app.get('/orders', async (_request, response) => {
  const found = await pool.query('SELECT 1 AS id');
  response.json(found.rows);
});
app.get('/crash', (_request, response) => {
  response.send('ok');
  const session = undefined;
  setTimeout(() => log.info({ seats: Object.keys(session) }, 'summary'), 20);
});
app.get('/summary', (_request, response) => response.json(summarise({})));
app.get('/hang', () => hang());
app.get('/leak', (_request, response) => { leak(); response.send('ok'); });
app.get('/upload', (_request, response) => { upload(); response.send('ok'); });
app.use((error, _request, response, _next) => {
  log.error(error, 'request failed');
  response.status(500).send('failed');
});
const server = app.listen(port, '127.0.0.1', (error) => {
  if (error) throw error;
  log.info({ port }, 'listening');
});
attachSockets(server);
process.on('SIGTERM', () => server.close(() => { log.info('closed'); process.exit(0); }));
