module.exports = {
  apps: [{ name: 'where', script: process.cwd() + '/app.js', env: { FROM: __dirname, AT: process.cwd() } }],
};
