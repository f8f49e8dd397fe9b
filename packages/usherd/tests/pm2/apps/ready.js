// Says when it is ready: not at once.
setTimeout(() => process.send('ready'), 500);
setInterval(() => {}, 1000);
