module.exports = {
  apps: [{
    name: 'apm',
    script: 'app.js',
    vizion: false,
    pmx: false,
    automation: false,
    trace: false, // PM2 installs packages from the network when it is true
    post_update: ['npm install'],
    force: true,
    source_map_support: true,
    windowsHide: true,
  }],
};
