// Runs a configuration file in Node and writes what it exports, as JSON, to a descriptor.
//
//   node node.cjs FD module FILE [--env NAME]    a module, CommonJS or ESM
//   node node.cjs FD expression FILE             one expression (PM2's .json), text on stdin
//
// JSON knows no RegExp, undefined or function: they travel as {"$re", "flags"}, {"$undef"} and
// {"$fn"}. Whatever the file prints goes where this process's output goes, never into the result.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const { pathToFileURL } = require('node:url');

const [descriptor, mode, file, ...more] = process.argv.slice(2);
// Files look at the arguments to know their environment; PM2 shows them its own.
process.argv = [process.execPath, 'pm2', 'start', file, ...more];

const before = { ...process.env };
const reads = {};
// Node looks up its own switches (NODE_DEBUG, FORCE_COLOR) through the same object.
const isNode = () => /\bnode:internal/.test(String(new Error().stack).split('\n')[3]);
const copied = new Set();
process.env = new Proxy(process.env, {
  get(env, name) {
    if (typeof name === 'string' && !copied.delete(name) && !(name in reads) && !isNode()) {
      reads[name] = name in env;
    }
    return env[name];
  },
  // `{...process.env}` asks for every name once; that is no interest in any of them.
  ownKeys(env) {
    Object.keys(env).forEach((name) => copied.add(name));
    return Reflect.ownKeys(env);
  },
  getOwnPropertyDescriptor(env, name) {
    const found = Reflect.getOwnPropertyDescriptor(env, name);
    return found && { ...found, configurable: true };
  },
});

function plain(value, open = []) {
  if (value === undefined) return { $undef: true };
  if (typeof value === 'function') return { $fn: value.name || 'function' };
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof RegExp || Object.prototype.toString.call(value) === '[object RegExp]') {
    return { $re: value.source, flags: value.flags };
  }
  if (typeof value.then === 'function') return { $fn: 'promise' };
  if (typeof value.toJSON === 'function') return plain(value.toJSON(), open);
  if (open.includes(value)) throw new TypeError('the exported value contains itself');
  const inside = [...open, value];
  if (Array.isArray(value)) return value.map((item) => plain(item, inside));
  const entries = Object.keys(value).map((key) => [key, plain(value[key], inside)]);
  return Object.fromEntries(entries);
}

// A namespace of ESM holds the object under `default`, unless the file exports `apps` itself.
function exported(module) {
  const isNamespace = module && module[Symbol.toStringTag] === 'Module';
  const isTranspiled = module && module.__esModule;
  if (!isNamespace && !isTranspiled) return module;
  return 'apps' in module || !('default' in module) ? { ...module } : module.default;
}

async function load() {
  if (mode === 'expression') {
    const text = fs.readFileSync(0, 'utf8');
    return vm.runInThisContext(`(${text}\n)`, { filename: file });
  }
  try {
    return exported(require(path.resolve(file)));
  } catch (error) {
    if (!['ERR_REQUIRE_ESM', 'ERR_REQUIRE_ASYNC_MODULE'].includes(error && error.code)) throw error;
    return exported(await import(pathToFileURL(path.resolve(file))));
  }
}

// The message is cleaned by the reader; of the stack only our file's line is told.
function fault(error) {
  const stack = String((error && error.stack) || '');
  const places = stack.split('\n').map((line) => {
    const at = line.lastIndexOf(path.basename(file) + ':');
    return at < 0 ? 0 : parseInt(line.slice(at + path.basename(file).length + 1), 10) || 0;
  });
  return {
    name: (error && error.name) || 'Error',
    message: String((error && error.message) || error).split('\n')[0],
    line: places.find((line) => line > 0) || 0,
  };
}

// PM2 reads files in its own process: what they put into process.env reaches every app.
function changed() {
  const now = { ...process.env };
  const names = Object.keys({ ...before, ...now }).filter((name) => before[name] !== now[name]);
  return Object.fromEntries(names.map((name) => [name, now[name] ?? null]));
}

function tell(answer) {
  const bytes = Buffer.from(JSON.stringify({ ...answer, reads, changed: changed() }) + '\n');
  for (let at = 0; at < bytes.length;) at += fs.writeSync(Number(descriptor), bytes, at);
  process.exit(0);
}

load().then((value) => tell({ value: plain(value) })).catch((error) => tell({ fault: fault(error) }));
