module.exports = {
  apps: [
    { name: 'has', script: 'app.js', env: { A: 1 }, env_production: { A: 2 } },
    { name: 'has-not', script: 'app.js', env: { A: 1 } },
  ],
};
