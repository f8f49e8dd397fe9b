module.exports = {
  apps: [{
    name: 'frontend',
    script: 'npm',
    args: 'start',
    exec_mode: 'fork',
    max_memory_restart: '500M',
    exp_backoff_restart_delay: 100,
    min_uptime: '10s',
    env: { NODE_ENV: 'production', NEXT_PUBLIC_API: 'https://example.org' },
  }],
};
