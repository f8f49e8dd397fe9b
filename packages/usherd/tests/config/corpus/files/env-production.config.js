module.exports = {
  apps: [{
    name: 'site',
    script: 'app.js',
    env: { NODE_ENV: 'development', PORT: 3000, KEPT: 'yes' },
    env_production: { NODE_ENV: 'production', PORT: 80 },
    env_staging: { NODE_ENV: 'staging' },
  }],
};
