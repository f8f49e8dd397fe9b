module.exports = {
  apps: [
    { name: 'numbers', script: 'app.js', min_uptime: 2000, kill_timeout: 3000, restart_delay: 400 },
    { name: 'texts', script: 'app.js', min_uptime: '3000', kill_timeout: '4000', restart_delay: '100' },
    { name: 'units', script: 'app.js', min_uptime: '10s' },
    { name: 'minutes', script: 'app.js', min_uptime: '5m' },
    { name: 'hours', script: 'app.js', min_uptime: '1h' },
    { name: 'zeros', script: 'app.js', min_uptime: 0, kill_timeout: 0, restart_delay: 0, max_restarts: 0 },
  ],
};
