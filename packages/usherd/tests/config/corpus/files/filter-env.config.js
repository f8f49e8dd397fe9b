module.exports = {
  apps: [
    { name: 'one', script: 'app.js', filter_env: 'CORPUS_SET' },
    { name: 'parts', script: 'app.js', filter_env: ['CORPUS'], env: { CORPUS_OWN: 'kept' } },
    { name: 'off', script: 'app.js', filter_env: false },
  ],
};
