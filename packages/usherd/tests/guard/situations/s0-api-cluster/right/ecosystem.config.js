// One process, as the connections of the database allow; its health is asked where it listens.
module.exports = {
  apps: [{
    name: 'api-server',
    script: 'dist/main.js',
    instances: 1,
    exec_mode: 'fork',
    max_memory_restart: '1G',
    error_file: 'logs/api-error.log',
    out_file: 'logs/api-out.log',
    merge_logs: true,
    time: true,
    env: { NODE_ENV: 'production', PORT: 3001, DB_HOST: 'db.internal', DB_POOL_MAX: 8 },
    usher: {
      pool: { server: { max_connections: 25 } },
      probes: { health: { http: 'http://localhost:3001/api/health' } },
    },
  }],
};
