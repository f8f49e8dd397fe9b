module.exports = {
  apps: [{ name: 'beaten', script: 'app.js', port: 8083, env: { PORT: 1 }, env_production: { PORT: 2 } }],
};
