module.exports = {
  apps: [{
    name: 'shop-api',
    cwd: 'apps/api',
    script: 'npm',
    args: 'run start',
    env: { NODE_ENV: 'production', PORT: 3000 },
  }],
};
