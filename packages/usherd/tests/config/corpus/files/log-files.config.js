module.exports = {
  apps: [
    { name: 'files', script: 'app.js', out_file: 'o.log', error_file: 'e.log', log_file: 'c.log', pid_file: 'p.pid' },
    { name: 'short', script: 'app.js', out: 'o2.log', err: 'e2.log', log: 'c2.log', pid: 'p2.pid' },
    { name: 'words', script: 'app.js', output: 'o3.log', error: 'e3.log', log: true },
    { name: 'more', script: 'app.js', out_log: 'o4.log', err_log: 'e4.log' },
    { name: 'per-instance', script: 'app.js', instances: 2, err_file: 'logs/e5.log', out_file: '~/o5.log' },
    { name: 'null', script: 'app.js', out_file: '/dev/null', error_file: 'NULL' },
    { name: 'no-suffix', script: 'app.js', instances: 1, out_file: 'logs/deep/out' },
    { name: 'nothing', script: 'app.js', out_file: null, error_file: '' },
  ],
};
