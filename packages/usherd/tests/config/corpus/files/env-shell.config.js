const home = process.env.HOME;
module.exports = {
  apps: [{
    name: 'shell',
    script: 'app.js',
    env: {
      HOME_OF_CALLER: home,
      DATABASE_URL: process.env.CORPUS_SET || 'none',
      SECRET: process.env.CORPUS_NOT_SET,
      CORPUS_TAKEN_AWAY: undefined,
      ...(process.env.CORPUS_SET ? { MORE: 'yes' } : {}),
    },
  }],
};
