// A browser's view of the socket: connects, says something, tells what came of it.
import WebSocket from 'ws';

const socket = new WebSocket(process.argv[2]);
socket.on('open', () => { console.log('WebSocket open'); socket.send('hello'); });
socket.on('message', (data) => { console.log(`WebSocket message: ${data}`); socket.close(1000); });
socket.on('error', (error) => console.error(`WebSocket error: ${error.message}`));
socket.on('close', (code) => console.log(`WebSocket closed with code ${code}`));
