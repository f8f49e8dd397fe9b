// What every Node app can be made to do; the address asked for chooses.
import { mkdirSync, writeFileSync } from 'node:fs';
import { WebSocketServer } from 'ws';

const kept = [];

export function summarise(session) {
  return Object.keys(session.events).length;
}

export function crash() {
  setTimeout(() => summarise({ id: 7 }), 20); // after the answer, as a background report does
}

export function hang() {
  for (;;) kept.length = 0;
}

export function leak() {
  setInterval(() => {
    for (let n = 0; n < 200; n++) kept.push(new Array(10_000).fill(Math.random()));
  }, 1);
}

export function upload() {
  const folder = process.env.UPLOAD_DIR ?? '/srv/app/uploads';
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/poster.png`, Buffer.alloc(4 << 20));
}

export function attachSockets(server) {
  const sockets = new WebSocketServer({ server, path: '/ws' });
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
}

export const port = Number(process.env.PORT ?? 3000);
