// The frontends only: the api-server is left out here on purpose.
module.exports = {
  apps: [
    {
      name: 'shop-admin',
      cwd: 'apps/admin',
      script: 'npm',
      args: 'run start',
      env: { NODE_ENV: 'production', PORT: 3001 },
    },
    {
      name: 'shop-front',
      cwd: 'apps/front',
      script: 'npm',
      args: 'run start',
      env: { NODE_ENV: 'production', PORT: 3002 },
    },
  ],
};
