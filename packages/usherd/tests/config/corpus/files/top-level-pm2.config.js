module.exports = { pm2: [{ name: 'under-pm2', script: 'app.js' }] };
