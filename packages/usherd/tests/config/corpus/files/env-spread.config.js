const shared = { LOG_LEVEL: 'info', REGION: 'seoul' };
const app = (name, more = {}) => ({ name, script: 'app.js', env: { ...shared, ...more } });
module.exports = { apps: [app('api', { PORT: 3000 }), app('admin', { PORT: 3001, LOG_LEVEL: 'debug' })] };
