module.exports = {
  apps: [{
    name: 'ports',
    script: 'app.js',
    instances: 2,
    instance_var: 'INSTANCE_ID',
    increment_var: 'PORT',
    env: { PORT: 3000 },
  }],
};
