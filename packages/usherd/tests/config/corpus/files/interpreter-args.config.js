module.exports = {
  apps: [
    { name: 'text', script: 'app.js', node_args: '--max-old-space-size=128 --trace-warnings' },
    { name: 'list', script: 'app.js', node_args: ['--trace-warnings'] },
    { name: 'alias', script: 'app.js', interpreter_args: '--trace-warnings' },
    { name: 'camel', script: 'app.js', interpreterArgs: '--trace-warnings' },
    { name: 'python', script: 'worker.py', interpreter: 'python3', interpreter_args: '-u' },
  ],
};
