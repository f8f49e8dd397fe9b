module.exports = {
  apps: [
    { name: 'time', script: 'app.js', time: true },
    { name: 'time-wins', script: 'app.js', time: true, log_date_format: 'YYYY' },
    { name: 'format', script: 'app.js', log_date_format: 'YYYY-MM-DD HH:mm:ss.SSS Z' },
    { name: 'json', script: 'app.js', log_type: 'json' },
    { name: 'off', script: 'app.js', disable_logs: true },
  ],
};
