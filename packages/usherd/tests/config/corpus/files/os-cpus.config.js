const os = require('os');
module.exports = {
  apps: [{ name: 'half', script: 'app.js', exec_mode: 'cluster', instances: Math.max(1, Math.min(2, os.cpus().length)) }],
};
