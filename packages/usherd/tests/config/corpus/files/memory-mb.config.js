// PM2 refuses the whole file for it.
module.exports = { apps: [{ name: 'mb', script: 'app.js', max_memory_restart: '150MB' }] };
