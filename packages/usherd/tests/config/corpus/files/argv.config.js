const production = process.argv.includes('production');
module.exports = { apps: [{ name: production ? 'prod' : 'dev', script: 'app.js', env_production: { A: 1 } }] };
