const path = require('path');
module.exports = {
  apps: [
    { name: 'relative', script: 'nested.js', cwd: 'lib' },
    { name: 'absolute', script: 'nested.js', cwd: path.join(__dirname, 'lib') },
    { name: 'trailing', script: './nested.js', cwd: './lib/', out_file: 'o.log' },
    { name: 'absolute-script', script: path.resolve(__dirname, 'lib', 'nested.js') },
  ],
};
