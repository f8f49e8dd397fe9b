module.exports = {
  apps: [{ name: 'api', script: 'app.js', env: { A: 'app', B: 'app' }, env_production: { C: 'production' } }],
  deploy: {
    production: {
      user: 'node',
      host: ['10.0.0.1', '10.0.0.2'],
      ref: 'origin/main',
      repo: 'git@example.org:me/repo.git',
      path: '/srv/app',
      'post-deploy': 'npm ci && pm2 reload ecosystem.config.js --env production',
      env: { A: 'deploy', C: 'deploy' },
    },
  },
};
