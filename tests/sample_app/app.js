// The sample app in Node: the switches and paths of app.py, which explains them, but for /deaf
// (libuv accepts whatever comes). Its database is TypeORM's.
'use strict';
const { spawn } = require('child_process');
const crypto = require('crypto');
const http = require('http');

const env = process.env;
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'; // of RFC 6455
const hanging = new Set();
const failing = new Set();
const sessions = new Set();
const kept = [];
const mute = new Set();
let source = null;
let server = null;

// -- the database, through TypeORM as its team uses it ----------------------------------------------

function dataSource() {
  const { DataSource } = require('typeorm');
  const extra = { max: Number(env.POOL_MAX || 2) };
  return new DataSource({ type: 'postgres', url: env.DATABASE_URL, extra });
}

async function connect() {
  await source.initialize();
}

async function query() {
  if (!source) return 'ok';
  return source.query('SELECT 1').then(() => 'ok', (error) => error.message);
}

// -- answers ----------------------------------------------------------------------------------------

function writeReport(session) {
  console.log(Object.keys(session));
}

function grow(megabytes) {
  setInterval(() => kept.push(Buffer.alloc(megabytes * 1e5, 1)), 100);
}

const never = () => new Promise(() => {});

const ROUTES = {
  '/': () => [200, { status: 'ok', pid: process.pid }],
  '/health': () => [200, { status: 'ok', pid: process.pid }],
  '/ready': async () => {
    const said = await query();
    return [said === 'ok' ? 200 : 503, { checks: { database: said } }];
  },
  '/checks': async () => [200, { status: 'ok', checks: { database: await query() } }],
  '/db': async () => {
    const said = source ? await query() : 'no DATABASE_URL';
    return [said === 'ok' ? 200 : 500, { database: said }];
  },
  '/slow': (q) => new Promise((done) => setTimeout(() => done([200, 'slow']), q.get('s') * 1000)),
  '/hang': (q) => (q.has('path') ? (hanging.add(q.get('path')), [200, 'from now on']) : never()),
  '/fail': (q) => (failing.add(q.get('path')), [200, 'from now on']),
  '/block': (q) => {
    const end = Date.now() + Number(q.get('s') || Infinity) * 1000;
    while (Date.now() < end);
    return [200, 'blocked'];
  },
  '/deadlock': () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), // for ever
  // Without anything to wait for, Node would end: this process goes on, and nobody can reach it.
  '/close': () => (server.close(), setInterval(() => {}, 1 << 30), [200, 'closed']),
  '/exit': (q) => (setTimeout(() => process.exit(Number(q.get('code'))), 100), [200, 'leaves']),
  '/mute': (q) => (mute.add(q.get('path')), [200, 'mute']),
  '/end': () => (setTimeout(writeReport, 100, null), [201, 'ended']),
  '/leak': (q) => (grow(q.get('mb')), [200, 'leaks']),
  '/secrets': () => {
    console.log('password=hunter2-of-the-sample postgresql://app:hunter2-of-the-sample@db/shop');
    return [200, 'printed'];
  },
  '/session': () => {
    const made = crypto.randomUUID();
    sessions.add(made);
    return [201, { sessionId: made }];
  },
};

async function answer(request, response) {
  const url = new URL(request.url, 'http://localhost');
  if (hanging.has(url.pathname)) return;
  const route = ROUTES[url.pathname];
  let [status, body] = route ? await route(url.searchParams) : [404, 'no such path'];
  if (failing.has(url.pathname)) [status, body] = [500, 'from now on'];
  response.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close' });
  response.end(JSON.stringify(body));
}

// Echoes messages of less than 126 bytes and answers pings, or ends as the question says.
function upgrade(request, socket) {
  socket.on('error', () => {});
  const url = new URL(request.url, 'http://localhost');
  if (mute.has(url.pathname)) return;
  const key = request.headers['sec-websocket-key'];
  const accept = crypto.createHash('sha1').update(key + GUID).digest('base64');
  socket.write(
    'HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  const id = url.searchParams.get('sessionId');
  const drop = id && !sessions.has(id) ? 1008 : Number(url.searchParams.get('drop') || 0);
  if (drop === 1006) return socket.destroy();
  if (drop) return socket.end(Buffer.from([0x88, 2, drop >> 8, drop & 255]));
  socket.on('data', (data) => {
    const length = data[1] & 0x7f;
    const text = data.subarray(6, 6 + length).map((byte, n) => byte ^ data[2 + (n % 4)]);
    const code = (data[0] & 0x0f) === 9 ? 0x8a : data[0]; // a ping is answered by a pong
    socket.write(Buffer.concat([Buffer.from([code, length]), text]));
    if ((data[0] & 0x0f) === 8) socket.end();
  });
}

// -- its life ---------------------------------------------------------------------------------------

async function main() {
  for (const name of (env.NEEDS || '').split(' ')) {
    if (name && !env[name]) throw new Error(`missing required environment variable ${name}`);
  }
  const exit = () => process.exit(Number(env.EXIT_CODE || 1));
  if (env.EXIT_AFTER) setTimeout(exit, env.EXIT_AFTER * 1000);
  if (env.LEAK_MB_S) grow(env.LEAK_MB_S);
  if (env.DATABASE_URL) {
    source = dataSource();
    if (env.DOUBLE_INIT === 'race') connect().catch(() => {}); // and nobody waits for it
    if (env.DOUBLE_INIT === 'seq') await connect();
    await connect();
  }
  server = http.createServer(answer);
  server.on('upgrade', upgrade);
  const swallow = (error) => console.error('uncaughtException:', error);
  if (env.SWALLOW) process.on('uncaughtException', swallow);
  if (env.IGNORE_TERM) process.on('SIGTERM', () => {});
  server.listen({ port: Number(env.PORT), host: env.HOST || '127.0.0.1', backlog: 8 }, () => {
    if (env.ORPHAN) {
      const sleep = ['-e', 'setTimeout(() => {}, 1e6)']; // a child that holds the port
      const stdio = ['ignore', 'ignore', 'ignore', server._handle.fd];
      spawn(process.execPath, sleep, { detached: true, stdio }).unref();
    }
    console.log(`listening on port ${env.PORT}`);
  });
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
