module.exports = {
  apps: [
    { name: 'good', script: 'app.js' },
    { name: 'no-script', script: 'nowhere.js' },
    { name: 'good-too', script: 'worker.js' },
  ],
};
