module.exports = {
  apps: [{ name: 'api', script: 'app.js', append_env_to_name: true, env_production: { A: 2 } }],
};
