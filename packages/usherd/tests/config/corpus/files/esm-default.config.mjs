// PM2 7 reads only named exports of an ES module.
export default { apps: [{ name: 'default-export', script: 'app.js' }] };
