// Loaded before a cluster worker's own program: lets clients with kept connections leave in peace.
//
// A worker that is told to leave closes its servers. Node then cuts every kept connection that is
// idle at this instant, though a request may be on its way, and answers those that are not idle as
// if nothing had happened, so that a busy client stays until it is cut at the drain's deadline.
// Here a server that does not listen any more says `Connection: close` with each answer, and idle
// connections are cut only after a moment, in which a request on its way gets such an answer.
'use strict';

const { subscribe } = require('node:diagnostics_channel');

const GRACE = 1000; // ms; far more than a request takes to arrive, far less than a drain may last

const known = new WeakSet();

subscribe('http.server.request.start', ({ response, server }) => {
  if (!server.listening) {
    response.setHeader('Connection', 'close');
  } else if (!known.has(server)) {
    known.add(server);
    const closeIdleConnections = server.closeIdleConnections;
    server.closeIdleConnections = () => {
      setTimeout(() => closeIdleConnections.call(server), GRACE);
    };
  }
});
