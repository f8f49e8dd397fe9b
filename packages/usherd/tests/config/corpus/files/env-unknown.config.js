module.exports = {
  apps: [{ name: 'x', script: 'app.js', env: { A: 1 }, env_production: { A: 2 } }],
};
