'use strict';
// Serves one Node.js function over the socket at descriptor 3. Started with no function yet: the
// first message says which. Frames are four bytes of length, most significant first, and JSON. A
// message with "body" is followed by a frame that holds a value of the user's: an event or a result.

const fs = require('fs');
const Module = require('module');
const net = require('net');
const path = require('path');
const v8 = require('v8');
const { pathToFileURL } = require('url');

// Where a dialect's file is called otherwise than the dialect.
const DIALECT_FILES = { 'serverless-framework': 'aws', custom: 'aws', cloudbase: 'tencent' };
for (const file of ['aws', 'express', 'gcp', 'streams']) // while this worker waits for its function
    require(`./dialects/${file}`);

const channel = new net.Socket({ fd: 3, readable: true, writable: true });
let received = Buffer.alloc(0);
let head = null; // of an invocation whose event is still to come
let func = null;
let current = null; // the invocation that runs

function send(message, body) {
    if (body !== undefined)
        message.body = true;
    const parts = [Buffer.from(JSON.stringify(message))];
    if (body !== undefined)
        parts.push(Buffer.from(body));
    const frames = [];
    for (const part of parts) {
        const size = Buffer.alloc(4);
        size.writeUInt32BE(part.length);
        frames.push(size, part);
    }
    return channel.write(Buffer.concat(frames));
}

function drained(done) {
    channel.once('drain', done);
}

let peak = 0; // kilobytes, as it was at peakTime
let peakTime = -Infinity;

// Asking takes as long as a short invocation does: not for each of those.
function peakKb() {
    if (now() - peakTime > 10) {
        peak = process.resourceUsage().maxRSS;
        peakTime = now();
    }
    return peak;
}

function now() {
    return performance.now();
}

// "    at name (file:line:column)" in the order of Python's: the innermost last.
function frameParts(stack, root) {
    const frames = [];
    for (const line of stack.split('\n')) {
        const match = /^\s+at (?:(?:async )?(.*?) \()?(?:file:\/\/)?(\/[^()]*?):(\d+):\d+\)?$/.exec(line);
        if (match && !match[2].startsWith(__dirname + path.sep))
            frames.unshift({ file: match[2], line: match[3], name: match[1] || '<module>' });
    }
    const own = frames.findIndex((frame) => frame.file.startsWith(root));
    return frames.slice(Math.max(own, 0));
}

function relative(root, file) {
    return file.startsWith(root) ? file.slice(root.length) : file;
}

function nameOf(name) {
    return name === 'Object.<anonymous>' ? '<module>' : name.replace(/^(exports|Module)\./, '');
}

function place(root, frame) {
    return `${relative(root, frame.file)}:${frame.line} in ${nameOf(frame.name)}`;
}

function faultOf(error, root) {
    if (!(error instanceof Error) && !(error && typeof error.stack === 'string')) {
        const message = typeof error === 'string' ? error : JSON.stringify(error);
        return { type: 'Error', message: message === undefined ? String(error) : message, stack: [] };
    }
    const stack = frameParts(error.stack || '', root).map((frame) => place(root, frame));
    const syntax = /^(?:file:\/\/)?(\/.*?):(\d+)\n/.exec(error.stack || '');
    if (syntax && error instanceof SyntaxError)
        stack.push(place(root, { file: syntax[1], line: syntax[2], name: '<module>' }));
    return { type: error.name || 'Error', message: String(error.message), stack };
}

function sourceLine(file, line) {
    try {
        return (fs.readFileSync(file, 'utf8').split('\n')[line - 1] || '').trim().slice(0, 200);
    } catch { // it is one of Node.js's own, or gone
        return '';
    }
}

// What the runtime keeps of a failure: Node.js forgets the variables of a function that threw.
function captureOf(error, root) {
    if (!error || typeof error.stack !== 'string')
        return undefined;
    const all = frameParts(error.stack, root);
    const frames = all.slice(-20).map(({ file, line, name }) => ({
        file: relative(root, file), line: Number(line), function: nameOf(name),
        source: sourceLine(file, Number(line)), locals: [], locals_left_out: 0 }));
    return { frames, frames_left_out: all.length - frames.length,
        note: 'Node.js keeps no local variables of a function that threw.' };
}

function moduleFile(root, name) {
    for (const ending of ['.js', '.mjs', '.cjs', '/index.js', '/index.mjs']) {
        const file = path.join(root, name + ending);
        if (fs.existsSync(file))
            return file;
    }
    throw new Error(`no file for the module ${name}`);
}

function isEsModule(file) {
    if (file.endsWith('.mjs') || file.endsWith('.cjs'))
        return file.endsWith('.mjs');
    for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
        const description = path.join(folder, 'package.json');
        if (fs.existsSync(description))
            return JSON.parse(fs.readFileSync(description, 'utf8')).type === 'module';
        if (folder === path.dirname(folder))
            return false;
    }
}

// OpenWhisk takes a function by its name, exported or not.
function requireWithName(file, name) {
    const loaded = new Module(file, null);
    loaded.filename = file;
    loaded.paths = Module._nodeModulePaths(path.dirname(file));
    const tail = `\n;if (typeof ${name} === 'function' && !module.exports.${name}) module.exports.${name} = ${name};`;
    loaded._compile(fs.readFileSync(file, 'utf8') + tail, file);
    loaded.loaded = true;
    return loaded.exports;
}

function handlerIn(exported, name, load, dialect) {
    const own = dialect.handlerOf && dialect.handlerOf(exported, name, load);
    if (own)
        return own;
    if (name === 'default') // the module itself is the function
        return [exported, exported.default, exported.default && exported.default.default]
            .find((each) => typeof each === 'function');
    return exported[name] || (exported.default && exported.default[name]);
}

// The dialect's way to call the function: (message, event) gives the value or its promise.
async function bindHandler(load) {
    const dialect = require(`./dialects/${DIALECT_FILES[load.dialect] || load.dialect}`);
    if (dialect.beforeLoad)
        dialect.beforeLoad(load);
    const dot = load.handler.lastIndexOf('.');
    const file = moduleFile(load.root, load.handler.slice(0, dot));
    const name = load.handler.slice(dot + 1);
    let exported;
    if (isEsModule(file))
        exported = await import(pathToFileURL(file).href);
    else if (load.dialect === 'openwhisk' && /^[A-Za-z_$][\w$]*$/.test(name))
        exported = requireWithName(file, name);
    else
        exported = require(file);
    const handler = handlerIn(exported, name, load, dialect);
    if (typeof handler !== 'function')
        throw new TypeError(`no function ${name} exported by ${path.basename(file)}`);
    return dialect.bind(handler, { ...load, file, exports: exported });
}

// SIGURG begins a profile and SIGWINCH ends it. Both are ignored where nobody listens.
function answerProfiles(root) {
    let sampler = null;
    process.on('SIGURG', () => {
        const { Sampler } = require('./sampling');
        sampler = sampler || new Sampler(root);
    });
    process.on('SIGWINCH', () => {
        if (sampler)
            sampler.end((samples) => send({ t: 'profile' }, JSON.stringify(samples)));
        sampler = null;
    });
}

async function start(load) {
    const began = now();
    const root = load.root.replace(/\/$/, '') + '/';
    try {
        if (load.debug) {
            send({ t: 'no_debugger', message: 'debugging of Node.js functions is not built yet' });
            return;
        }
        Object.assign(process.env, load.environment);
        process.chdir(load.root);
        if (load.packages)
            require('./packages').usePackages(load.packages);
        process.argv = [process.argv[0], load.handler];
        v8.setFlagsFromString(`--max-old-space-size=${Math.max(16, load.memory_mb)}`);
        func = { root, call: await bindHandler(load) };
    } catch (error) {
        send({ t: 'init_failed', fault: faultOf(error, root) });
        return;
    }
    answerProfiles(root);
    send({ t: 'loaded', ms: now() - began, memory_kb: peakKb() });
}

// What the function sends with its own calls, so that they belong to the chain of this one.
let traceState = process.env.TRACESTATE; // of the last invocation
function enterTrace({ traceparent, tracestate }) {
    process.env.TRACEPARENT = traceparent;
    if (tracestate === traceState)
        return;
    traceState = tracestate;
    if (tracestate)
        process.env.TRACESTATE = tracestate;
    else
        delete process.env.TRACESTATE;
}

const callStream = () => require('./dialects/streams').CallStream;

async function invoke(message, event) {
    enterTrace(message);
    current = { message, began: now(), cpu: process.cpuUsage() };
    if (message.streams)
        message.stream = new (callStream())(message.id, { send, drained });
    try {
        const value = await func.call(message, event);
        const body = JSON.stringify(value);
        finish({ t: 'result' }, body === undefined ? 'null' : body);
    } catch (error) {
        finish({ t: 'error', fault: faultOf(error, func.root), capture: captureOf(error, func.root) });
    }
}

function finish(answer, body) {
    if (!current)
        return;
    const { message, began, cpu } = current;
    current = null;
    const { user, system } = process.cpuUsage(cpu);
    send({ ...answer, id: message.id, ms: now() - began, cpu_ms: (user + system) / 1e3, memory_kb: peakKb() }, body);
}

function onFrame(frame) {
    if (head !== null) {
        const message = head;
        head = null;
        if (message.t === 'part')
            onStreamed((stream) => stream.onPart(message, frame), message);
        else
            invoke(message, frame);
        return;
    }
    const message = JSON.parse(frame.toString('utf8'));
    if (message.t === 'load')
        start(message);
    else if (message.t === 'invoke' || message.t === 'part')
        head = message;
    else if (message.t === 'gone')
        onStreamed((stream) => stream.leave(), message);
}

// What is said to an invocation that has ended is dropped.
function onStreamed(act, { id }) {
    if (current && current.message.id === id && current.message.stream)
        act(current.message.stream);
}

channel.on('data', (data) => {
    received = received.length ? Buffer.concat([received, data]) : data;
    while (received.length >= 4 && received.length >= 4 + received.readUInt32BE(0)) {
        const size = received.readUInt32BE(0);
        const frame = received.subarray(4, 4 + size);
        received = received.subarray(4 + size);
        onFrame(frame);
    }
});
channel.on('end', () => process.exit(0));
channel.on('error', () => process.exit(0));

// What a function throws outside its own promise fails the invocation; the process is not to be
// trusted after that.
process.on('uncaughtException', (error) => {
    const fault = faultOf(error, func ? func.root : '/');
    if (current)
        finish({ t: 'error', fault, capture: captureOf(error, func.root) });
    else if (!func)
        send({ t: 'init_failed', fault });
    else
        console.error(error);
    channel.end(() => process.exit(1));
});
