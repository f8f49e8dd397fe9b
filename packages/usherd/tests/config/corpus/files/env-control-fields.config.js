// Under PM2 these variables change the app itself.
module.exports = {
  apps: [{ name: 'api', script: 'app.js', env: { name: 'evil', namespace: 'other', instances: 4, status: 'x' } }],
};
