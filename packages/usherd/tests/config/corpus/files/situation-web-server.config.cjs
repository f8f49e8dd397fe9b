// Belongs on the web server; was started on the API server.
module.exports = {
  apps: [
    { name: 'shop-main-site', script: 'sleep', args: '600', cwd: './lib', env: { PORT: 3000, SERVER_TYPE: 'webserver' } },
    { name: 'shop-admin', script: 'sleep 600', env: { PORT: 3001 }, env_file: '.env.production' },
  ],
};
