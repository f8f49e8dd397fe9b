module.exports = { apps: { name: 'only', script: 'app.js' } };
