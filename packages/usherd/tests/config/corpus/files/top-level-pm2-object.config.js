module.exports = { pm2: { script: 'worker.js' } };
