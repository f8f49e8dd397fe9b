module.exports = {
  apps: [
    { name: 'a', script: 'app.js', namespace: 'front' },
    { name: 'b', script: 'app.js', namespace: 'back' },
    { name: 'c', script: 'app.js', namespace: '' },
  ],
};
