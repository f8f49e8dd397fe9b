const { name, version } = require('./package.json');
module.exports = { apps: [{ name, script: './app.js', env: { APP_VERSION: version } }] };
