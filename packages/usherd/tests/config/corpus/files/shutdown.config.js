module.exports = {
  apps: [
    { name: 'message', script: 'app.js', shutdown_with_message: true },
    { name: 'one-process', script: 'app.js', treekill: false },
    { name: 'patient', script: 'app.js', kill_timeout: 30000 },
  ],
};
