module.exports = {
  apps: [{
    name: 'both',
    script: 'app.js',
    usher: { depends_on: ['db'], ready: { alive_for: '2s' }, memory: { limit: '200M' }, stop: { timeout: '7s' } },
  }, {
    name: 'db',
    script: 'worker.js',
    usher: { restart: { budget_count: 9 }, log: { max_size: '1M' }, nofile: 4096 },
  }],
};
