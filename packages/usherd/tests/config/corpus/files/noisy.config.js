console.log('{"apps": [{"name": "printed", "script": "worker.js"}]}');
console.error('to standard error as well');
process.stdout.write('\n[]\n');
module.exports = { apps: [{ name: 'quiet', script: 'app.js' }] };
