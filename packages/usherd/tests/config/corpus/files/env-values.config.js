module.exports = {
  apps: [{
    name: 'values',
    script: 'app.js',
    env: {
      TEXT: 'a b',
      NUMBER: 3000,
      FLOAT: 1.5,
      YES: true,
      NO: false,
      NOTHING: null,
      MISSING: undefined,
      OBJECT: { a: [1, 'two'], b: undefined },
      LIST: ['x', 1],
      EMPTY: '',
      'with-dash': 'ok',
    },
  }],
};
