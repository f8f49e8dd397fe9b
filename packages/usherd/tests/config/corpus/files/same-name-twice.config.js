module.exports = {
  apps: [{ name: 'twin', script: 'app.js' }, { name: 'twin', script: 'worker.js' }],
};
