module.exports = {
  apps: [
    { name: 'merged', script: 'app.js', instances: 2, merge_logs: true },
    { name: 'combined', script: 'app.js', instances: 2, combine_logs: true, log_file: true },
    { name: 'apart', script: 'app.js', merge_logs: false },
    { name: 'fork-two', script: 'worker.py', instances: 2 },
    { name: 'fork-merged', script: 'worker.py', instances: 'max', merge_logs: true },
  ],
};
