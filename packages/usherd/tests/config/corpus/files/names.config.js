module.exports = {
  apps: [
    { script: 'a.b.c.js' },
    { script: 'lib/nested.js' },
    { name: 'with blank/slash', script: 'app.js' },
    { name: '한글', script: 'app.js' },
    { name: 'under_score@home', script: 'app.js' },
    { name: '', script: 'worker.js' },
    { name: 'x'.repeat(70), script: 'app.js' },
  ],
};
