import path from 'node:path';
export const apps = [{ name: path.basename('/srv/esm'), script: 'app.js' }];
