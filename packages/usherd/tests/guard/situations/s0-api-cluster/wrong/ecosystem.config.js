// Two workers with a pool of twenty each, on a small managed database.
module.exports = {
  apps: [{
    name: 'api-server',
    script: 'dist/main.js',
    instances: 2,
    exec_mode: 'cluster',
    max_memory_restart: '1G',
    error_file: 'logs/api-error.log',
    out_file: 'logs/api-out.log',
    merge_logs: true,
    time: true,
    env: { NODE_ENV: 'production', PORT: 3001, DB_HOST: 'db.internal', DB_POOL_MAX: 20 },
    usher: {
      pool: { server: { max_connections: 25 } },
      probes: { health: { http: 'http://localhost:4000/api/health' } },
    },
  }],
};
