// The API that initialised its database twice.
module.exports = {
  apps: [{
    name: 'shop-api-server',
    script: 'app.js',
    instances: 1,
    exec_mode: 'cluster',
    autorestart: true,
    watch: false,
    max_memory_restart: '1G',
    env: { NODE_ENV: 'production', PORT: 3002, SERVER_TYPE: 'apiserver' },
    error_file: './logs/api-error.log',
    out_file: './logs/api-out.log',
    log_date_format: 'YYYY-MM-DD HH:mm:ss Z',
    merge_logs: true,
    kill_timeout: 5000,
    listen_timeout: 12000,
  }],
};
