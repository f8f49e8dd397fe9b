module.exports = {
  apps: [
    { name: 'cluster', script: 'app.js', exec_mode: 'cluster' },
    { name: 'cluster-mode', script: 'app.js', exec_mode: 'cluster_mode', instances: 2 },
    { name: 'fork', script: 'app.js', exec_mode: 'fork', instances: 2 },
    { name: 'fork-mode', script: 'app.js', exec_mode: 'fork_mode' },
    { name: 'fork-max', script: 'app.js', exec_mode: 'fork', instances: 'max' },
    { name: 'python', script: 'worker.py', instances: 2 },
  ],
};
