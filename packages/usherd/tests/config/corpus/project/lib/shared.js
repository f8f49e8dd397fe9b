exports.worker = (name, more) => ({ name, script: 'worker.js', ...more });
