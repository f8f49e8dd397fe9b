// A web server: `node server.js PORT|FD naive|graceful`. A request takes 50 ms.
// A small number is a descriptor that the manager opened, as circus hands it over.
'use strict';
const http = require('http');
const [where, manners] = process.argv.slice(2);
let leaving = false;

const server = http.createServer((request, response) => {
  setTimeout(() => {
    if (leaving) response.setHeader('Connection', 'close');
    response.setHeader('Content-Length', 2);
    response.end('ok');
  }, 50);
});

if (manners === 'graceful') {
  const leave = () => {
    if (leaving) return;
    leaving = true;
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, leave);
  process.on('message', (message) => { if (message === 'shutdown') leave(); });
}

const number = Number(where);
server.listen(number < 1024 ? { fd: number } : { port: number, host: '127.0.0.1' });
