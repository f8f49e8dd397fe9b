exports.apps = [{ name: 'cjs', script: 'app.js' }];
