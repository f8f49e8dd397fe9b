module.exports = {
  apps: [
    { name: 'cmd', cmd: 'app.js' },
    { name: 'command', command: 'app.js' },
    { name: 'exec', exec: 'app.js' },
  ],
};
