module.exports = {
  apps: [
    { name: 'python', script: 'worker.py' },
    { name: 'shell', script: 'run.sh' },
    { name: 'module', script: 'server.mjs' },
    { name: 'common', script: 'server.cjs' },
    { name: 'perl', script: 'task.pl' },
    { name: 'none', script: './run.sh', interpreter: 'none' },
    { name: 'given', script: 'worker.py', interpreter: 'python3' },
    { name: 'given-path', script: 'worker.py', interpreter: './venv/bin/python' },
    { name: 'exec-interpreter', script: 'noext', exec_interpreter: 'bash' },
    { name: 'binary', script: 'sleep', args: '600' },
    { name: 'empty', script: 'app.js', interpreter: '' },
  ],
};
