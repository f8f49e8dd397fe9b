module.exports = [{ script: 'app.js' }, { name: 'second', script: 'worker.js' }];
