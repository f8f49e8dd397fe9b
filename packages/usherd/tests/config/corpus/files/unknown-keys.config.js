module.exports = {
  apps: [{ name: 'typos', script: 'app.js', max_restart: 5, healthcheck: { path: '/' }, ENV: { A: 1 }, instance: 4 }],
};
