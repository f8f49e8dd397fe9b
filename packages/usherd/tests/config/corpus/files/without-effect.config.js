module.exports = {
  apps: [{
    name: 'apm',
    script: 'app.js',
    vizion: false,
    pmx: false,
    automation: false,
    trace: true,
    post_update: ['npm install'],
    force: true,
    source_map_support: true,
    windowsHide: true,
  }],
};
