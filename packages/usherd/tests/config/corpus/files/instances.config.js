module.exports = {
  apps: [
    { name: 'max', script: 'app.js', instances: 'max' },
    { name: 'zero', script: 'app.js', instances: 0 },
    { name: 'two', script: 'app.js', instances: 2 },
    { name: 'text', script: 'app.js', instances: '2' },
    { name: 'all-but-one', script: 'app.js', instances: -1 },
    { name: 'few', script: 'app.js', instances: -5 },
    { name: 'one', script: 'app.js', instances: 1 },
    { name: 'null', script: 'app.js', instances: null },
  ],
};
