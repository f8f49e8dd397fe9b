require('dotenv').config({ path: __dirname + '/.env' });
module.exports = {
  apps: [{ name: 'dot', script: 'app.js', env: { FROM_DOTENV: process.env.DOT_ONE, QUOTED: process.env.DOT_TWO } }],
};
