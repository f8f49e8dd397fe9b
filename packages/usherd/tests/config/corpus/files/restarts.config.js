module.exports = {
  apps: [
    { name: 'bounded', script: 'app.js', max_restarts: 10, min_uptime: '60s' },
    { name: 'text', script: 'app.js', max_restarts: '3' },
    { name: 'backoff', script: 'app.js', exp_backoff_restart_delay: 100 },
    { name: 'once', script: 'app.js', autorestart: false },
    { name: 'codes', script: 'app.js', stop_exit_codes: [0, 143] },
    { name: 'code', script: 'app.js', stop_exit_codes: 5 },
    { name: 'asleep', script: 'app.js', autostart: false },
  ],
};
