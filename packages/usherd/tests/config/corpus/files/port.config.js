module.exports = {
  apps: [
    { name: 'alone', script: 'app.js', port: 8081 },
    { name: 'beside-env', script: 'app.js', port: '8082', env: { A: 1 } },
    { name: 'beats-env', script: 'app.js', port: 8083, env: { PORT: 1 } },
  ],
};
