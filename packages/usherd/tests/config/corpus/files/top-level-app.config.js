module.exports = { name: 'bare', script: 'app.js', args: 'serve --port 80' };
