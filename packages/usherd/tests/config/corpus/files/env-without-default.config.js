module.exports = {
  apps: [{ name: 'only-production', script: 'app.js', env_production: { NODE_ENV: 'production' } }],
};
