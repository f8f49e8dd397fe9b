module.exports = {
  apps: [
    { name: 'nightly', script: 'app.js', cron_restart: '0 3 * * *' },
    { name: 'alias', script: 'app.js', cron: '30 4 * * 1' },
    { name: 'seconds', script: 'app.js', cron_restart: '0 0 5 * * *' },
    { name: 'off', script: 'app.js', cron_restart: 0 },
  ],
};
