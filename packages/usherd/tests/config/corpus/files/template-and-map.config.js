const ports = { api: 3000, web: 3001 };
module.exports = {
  apps: Object.entries(ports).map(([name, port]) => ({
    name: `shop-${name}`,
    script: 'app.js',
    args: ['--port', String(port)],
    env: { PORT: port, NODE_ENV: process.env?.NODE_ENV ?? 'production' },
  })),
};
