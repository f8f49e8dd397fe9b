const app = (name, folder, port) => ({
  name,
  cwd: `apps/${folder}`,
  script: 'npm',
  args: 'run dev',
  env: { NODE_ENV: 'development', PORT: port },
});

module.exports = {
  apps: [
    app('shop-api', 'api', 3000),
    app('shop-admin', 'admin', 3001),
    app('shop-front', 'front', 3002),
  ],
};
