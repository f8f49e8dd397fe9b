module.exports = {
  apps: [
    { name: 'says-so', script: 'ready.js', wait_ready: true, listen_timeout: 15000 },
    { name: 'says-so-in-a-cluster', script: 'ready.js', wait_ready: true, listen_timeout: 15000, instances: 2 },
  ],
};
