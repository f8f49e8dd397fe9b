module.exports = {
  apps: [
    { name: 'everything', script: 'app.js', watch: true, ignore_watch: ['node_modules', 'logs', /\.log$/] },
    { name: 'path', script: 'app.js', watch: './lib', watch_delay: 1000 },
    { name: 'paths', script: 'app.js', watch: ['lib', 'app.js'], ignore_watch: 'tmp' },
    { name: 'options', script: 'app.js', watch: ['lib'], watch_options: { followSymlinks: false, usePolling: true } },
    { name: 'off', script: 'app.js', watch: false },
  ],
};
