// Says something on both streams, again and again.
setInterval(() => { console.log('tick'); console.error('tock'); }, 200);
