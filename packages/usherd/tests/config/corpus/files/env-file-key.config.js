// PM2 takes `env_file` for an environment called "file" and does nothing with it.
module.exports = { apps: [{ name: 'x', script: 'app.js', env: { A: 'env' }, env_file: '.env' }] };
