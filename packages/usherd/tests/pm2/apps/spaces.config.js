module.exports = {
  apps: [
    { name: 'left', script: './idle.js', namespace: 'west' },
    { name: 'right', script: './idle.js', namespace: 'east' },
  ],
};
