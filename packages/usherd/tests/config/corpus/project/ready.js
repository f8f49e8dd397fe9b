process.send('ready');
setInterval(() => {}, 1e6);
