module.exports = {
  apps: [
    {
      name: 'sales-server',
      script: 'dist/main.js',
      instances: 1,
      exec_mode: 'cluster',
      watch: true,
      ignore_watch: ['node_modules', 'logs'],
      max_restarts: 10,
      min_uptime: '60s',
      env: {
        NODE_ENV: 'development',
        MODE: 'PROD',
        PORT: 3001,
        DB_HOST: 'localhost',
        DB_PORT: 1377,
      },
    },
  ],
};
