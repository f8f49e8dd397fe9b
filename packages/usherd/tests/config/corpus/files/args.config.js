module.exports = {
  apps: [
    { name: 'list', script: 'app.js', args: ['a b', 'c'] },
    { name: 'text', script: 'app.js', args: 'a "b c" \'d e\' --f="g h" x=y' },
    { name: 'blanks', script: 'app.js', args: '  a   b ' },
    { name: 'none', script: 'app.js', args: '' },
    { name: 'odd-quotes', script: 'app.js', args: '-a a=b"c d"' },
    { name: 'null', script: 'app.js', args: null },
  ],
};
