module.exports = {
  apps: [{
    name: 'vet-site',
    script: 'npm',
    args: 'run start',
    autorestart: true,
    max_memory_restart: '1G',
    min_uptime: '10s',
    max_restarts: 10,
    restart_delay: 4000,
    env: { NODE_ENV: 'production', PORT: 3000 },
    usher: {
      probes: { page: { http: 'http://localhost:3000/', timeout: '5s', fail: 3 } },
    },
  }],
};
