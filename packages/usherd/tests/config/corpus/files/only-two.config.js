module.exports = {
  apps: ['one', 'two', 'three'].map((name) => ({ name, script: 'app.js' })),
};
