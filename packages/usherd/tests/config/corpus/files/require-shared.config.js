const { worker } = require('./lib/shared');
module.exports = { apps: [worker('mail'), worker('push', { instances: 2 })] };
