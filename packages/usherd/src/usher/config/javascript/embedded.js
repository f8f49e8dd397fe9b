// What a configuration file sees of Node in the embedded engine; `embedded.py` provides host*.
(() => {
  'use strict';
  const host = JSON.parse(hostInput);
  const reads = {};
  const copied = new Set();
  const env = new Proxy(host.env, {
    get(target, name) {
      if (typeof name === 'string' && !copied.delete(name) && !(name in reads)) reads[name] = name in target;
      return target[name];
    },
    // `{...process.env}` asks for every name once; that is no interest in any of them.
    ownKeys(target) {
      Object.keys(target).forEach((name) => copied.add(name));
      return Reflect.ownKeys(target);
    },
    set(target, name, value) { target[name] = String(value); return true; },
  });
  const before = { ...host.env };
  const changed = () => {
    const names = Object.keys({ ...before, ...host.env }).filter((name) => before[name] !== host.env[name]);
    return Object.fromEntries(names.map((name) => [name, host.env[name] ?? null]));
  };

  // An error of ours is the fault of the line two calls further out.
  const refuse = (message) => { throw Object.assign(new Error(message), { ours: true }); };

  const normalize = (path) => {
    const parts = [];
    for (const part of path.split('/')) {
      if (part === '..' && parts.length && parts[parts.length - 1] !== '..') parts.pop();
      else if (part !== '.' && (part !== '' || !parts.length)) parts.push(part);
    }
    return parts.join('/') || (path.startsWith('/') ? '/' : '.');
  };
  const path = {
    sep: '/',
    delimiter: ':',
    normalize,
    join: (...parts) => normalize(parts.filter((part) => part !== '').join('/')),
    resolve: (...parts) => {
      let whole = '';
      for (const part of [host.cwd, ...parts]) {
        if (part !== '') whole = part.startsWith('/') ? part : `${whole}/${part}`;
      }
      return normalize(whole);
    },
    dirname: (file) => file.replace(/\/+$/, '').replace(/(^|\/)[^/]*$/, '') || (file.startsWith('/') ? '/' : '.'),
    basename: (file, suffix = '') => {
      const name = file.replace(/\/+$/, '').split('/').pop();
      return suffix && name.endsWith(suffix) && name !== suffix ? name.slice(0, -suffix.length) : name;
    },
    extname: (file) => (/[^./](\.[^./]*)$/.exec(file) || ['', ''])[1],
    isAbsolute: (file) => file.startsWith('/'),
  };
  const os = {
    EOL: '\n',
    cpus: () => Array.from({ length: host.cpus }, () => ({ model: '', speed: 0 })),
    availableParallelism: () => host.cpus,
    hostname: () => host.hostname,
    platform: () => host.platform,
    homedir: () => host.env.HOME || '/',
    tmpdir: () => host.env.TMPDIR || '/tmp',
  };
  const dotenv = {
    config(options = {}) {
      const named = options.path || path.join(host.cwd, '.env');
      const parsed = {};
      for (const file of Array.isArray(named) ? named : [named]) {
        const text = hostDotenv(path.resolve(file));
        if (text === '') continue;
        for (const [name, value] of Object.entries(JSON.parse(text))) {
          if (!(name in parsed) || options.override) parsed[name] = value;
        }
      }
      for (const [name, value] of Object.entries(parsed)) {
        if (options.override || !(name in host.env)) host.env[name] = value;
      }
      return { parsed };
    },
  };
  const process = {
    env,
    argv: host.argv,
    cwd: () => host.cwd,
    platform: host.platform,
    pid: 0,
    stdout: { write: () => true, isTTY: false },
    stderr: { write: () => true, isTTY: false },
    version: 'v0.0.0',
    versions: {},
    exit: () => refuse('process.exit() was called'),
  };
  const silent = () => {};
  const console = { log: silent, info: silent, warn: silent, error: silent, debug: silent };
  const known = { path, os, process, dotenv };

  const cache = {};
  const requireFrom = (folder) => (name) => {
    const bare = name.replace(/^node:/, '');
    if (bare in known) return known[bare];
    if (bare === 'dotenv/config') return dotenv.config();
    if (!name.startsWith('.') && !name.startsWith('/')) {
      return refuse(`cannot require '${name}' without Node: install node, or write the file without it`);
    }
    const file = path.resolve(folder, name);
    for (const found of [file, `${file}.js`, `${file}.cjs`, `${file}.json`, `${file}/index.js`]) {
      if (found in cache) return cache[found].exports;
      const text = hostRead(found);
      if (text !== '') return run(found, text);
    }
    return refuse(`Cannot find module '${name}'`);
  };
  const run = (file, text) => {
    const module = { exports: {}, id: file, filename: file, parent: {} };
    cache[file] = module;
    if (file.endsWith('.json')) {
      module.exports = JSON.parse(text);
      return module.exports;
    }
    const parameters = ['exports', 'require', 'module', '__filename', '__dirname', 'process', 'console', 'global'];
    // The wrapper stands on the line of the text's first, so that lines of messages are the file's.
    const body = (0, eval)(`(function (${parameters.join(', ')}) {${text}\n})`);
    const folder = path.dirname(file);
    body(module.exports, requireFrom(folder), module, file, folder, process, console, globalThis);
    return module.exports;
  };

  const plain = (value, open = []) => {
    if (value === undefined) return { $undef: true };
    if (typeof value === 'function') return { $fn: value.name || 'function' };
    if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
    if (value === null || typeof value !== 'object') return value;
    if (value instanceof RegExp) return { $re: value.source, flags: value.flags };
    if (typeof value.then === 'function') return { $fn: 'promise' };
    if (typeof value.toJSON === 'function') return plain(value.toJSON(), open);
    if (open.includes(value)) throw new TypeError('the exported value contains itself');
    const inside = [...open, value];
    if (Array.isArray(value)) return value.map((item) => plain(item, inside));
    return Object.fromEntries(Object.keys(value).map((key) => [key, plain(value[key], inside)]));
  };
  const exported = (module) => (
    module && module.__esModule && !('apps' in module) && 'default' in module ? module.default : module
  );

  try {
    globalThis.process = process;
    globalThis.console = console;
    const value = host.mode === 'expression'
      ? (0, eval)(`(${host.text}\n)`)
      : exported(run(host.file, host.text));
    return JSON.stringify({ value: plain(value), reads, changed: changed() });
  } catch (error) {
    if (!(error instanceof Error)) return JSON.stringify({ fault: { name: 'Error', message: String(error), line: 0 }, reads });
    const lines = [...String(error.stack).matchAll(/<input>:(\d+)/g)].map((place) => Number(place[1]));
    const message = String(error.message).split('\n')[0];
    const found = lines[error.ours ? 2 : 0] || 0;
    // Some errors of syntax have no place in the file, only one in this text.
    const line = found <= host.text.split('\n').length ? found : 0;
    return JSON.stringify({ fault: { name: error.name, message, line }, reads });
  }
})();
