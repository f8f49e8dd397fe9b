module.exports = {
  apps: [
    { script: 'sleep 600' },
    { name: 'named', script: 'echo started && sleep 600' },
    { cmd: 'python3 worker.py' },
    { name: 'npm', script: 'npm', args: 'run nothing' },
  ],
};
