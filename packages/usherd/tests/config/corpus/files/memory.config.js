module.exports = {
  apps: [
    { name: 'm', script: 'app.js', max_memory_restart: '150M' },
    { name: 'g', script: 'app.js', max_memory_restart: '1G' },
    { name: 'k', script: 'app.js', max_memory_restart: '204800K' },
    { name: 'bytes', script: 'app.js', max_memory_restart: 314572800 },
    { name: 'digits', script: 'app.js', max_memory_restart: '314572800' },
  ],
};
