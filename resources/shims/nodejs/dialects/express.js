'use strict';
// A request and a response as Express gives them to functions.

const { Readable, Writable } = require('stream');
const { response } = require('./common');

class ExpressRequest extends Readable {
    constructor(request) {
        super({ read() {} });
        this.push(request.body);
        this.push(null);
        this.method = request.method;
        this.url = this.originalUrl = request.target;
        this.path = request.path;
        this.baseUrl = '';
        this.query = request.queries();
        this.params = { 0: request.path.slice(1), ...request.parameters };
        this.headers = request.headers;
        this.rawHeaders = request.pairs.flat();
        this.rawBody = request.body;
        this.httpVersion = request.httpVersion;
        this.protocol = request.header('x-forwarded-proto') || 'http';
        this.secure = this.protocol === 'https';
        this.hostname = request.header('host').replace(/:\d+$/, '');
        this.ip = request.remote;
        this.ips = request.header('x-forwarded-for').split(',').map((each) => each.trim())
            .filter(Boolean);
        this.xhr = request.header('x-requested-with').toLowerCase() === 'xmlhttprequest';
        this.complete = true;
        this.socket = this.connection = { remoteAddress: request.remote, encrypted: this.secure };
    }
    get(name) {
        const key = name.toLowerCase();
        return key === 'referer' || key === 'referrer' ? this.headers.referer || this.headers.referrer
            : this.headers[key];
    }
    header(name) { return this.get(name); }
    param(name, otherwise) {
        return this.params[name] ?? (this.body || {})[name] ?? this.query[name] ?? otherwise;
    }
    is(...types) {
        const own = (this.headers['content-type'] || '').split(';')[0].trim().toLowerCase();
        return types.flat().find((type) => own !== '' &&
            (own === type || own === mimeOf(type) || matches(own, type))) || false;
    }
    accepts(...types) {
        const wanted = types.flat();
        const accepted = (this.headers.accept || '*/*').split(',')
            .map((each) => each.split(';')[0].trim().toLowerCase());
        if (!wanted.length)
            return accepted;
        return accepted.map((each) => wanted.find((type) => matches(mimeOf(type), each)))
            .find(Boolean) || false;
    }
}

function matches(type, pattern) {
    const [left, right] = pattern.split('/');
    const [kind, sub] = type.split('/');
    return right === undefined ? sub === left || type.endsWith(`+${left.replace('+', '')}`)
        : (left === '*' || left === kind) && (right === '*' || right === sub);
}

const TYPES = { json: 'application/json', html: 'text/html', text: 'text/plain', txt: 'text/plain',
    xml: 'application/xml', css: 'text/css', csv: 'text/csv', js: 'application/javascript',
    png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', svg: 'image/svg+xml',
    webp: 'image/webp', pdf: 'application/pdf', bin: 'application/octet-stream',
    zip: 'application/zip', urlencoded: 'application/x-www-form-urlencoded',
    form: 'application/x-www-form-urlencoded', multipart: 'multipart/form-data' };

// Loading it takes as long as all of ours.
const statusText = () => require('http').STATUS_CODES;

function mimeOf(type) {
    return type.includes('/') ? type : TYPES[type.replace(/^.*\./, '')] || `application/${type}`;
}

function withCharset(type) {
    return /^text\/|^application\/(json|javascript|xml)$/.test(type) ? `${type}; charset=utf-8` : type;
}

class ExpressResponse extends Writable {
    // What is written piece by piece goes to the stream, if there is one.
    constructor(request, stream, resolve, reject) {
        super();
        this.req = request;
        this.stream = stream;
        this.sent = null; // bytes of an answer that streams
        this.statusCode = 200;
        this.statusMessage = undefined;
        this.headersSent = false;
        this.locals = {};
        this.fields = new Map();
        this.chunks = [];
        this.on('finish', () => resolve(this.result()));
        this.on('close', () => this.writableFinished || resolve(this.result())); // nobody is there
        this.on('error', reject);
    }
    result() {
        return this.sent === null
            ? response(this.statusCode, [...this.fields.values()], Buffer.concat(this.chunks))
            : { statusCode: this.statusCode, bytes: this.sent };
    }
    beginStream() {
        if (!this.stream || this.sent !== null || this.writableEnded)
            return;
        this.headersSent = true;
        this.sent = 0;
        this.stream.begin(this.statusCode, [...this.fields.values()]);
    }
    write(...given) { // not called by end()
        this.beginStream();
        return super.write(...given);
    }
    _write(chunk, encoding, done) {
        this.headersSent = true;
        const bytes = Buffer.from(chunk);
        if (this.sent !== null) {
            this.sent += bytes.length;
            return this.stream.write(bytes, done);
        }
        this.chunks.push(bytes);
        return done();
    }
    end(...given) {
        this.headersSent = true;
        return super.end(...given);
    }

    setHeader(name, value) {
        if (this.headersSent)
            throw Object.assign(new Error('Cannot set headers after they are sent to the client'),
                { code: 'ERR_HTTP_HEADERS_SENT' });
        this.fields.set(name.toLowerCase(), [name.toLowerCase(), value]);
        return this;
    }
    getHeader(name) { return (this.fields.get(name.toLowerCase()) || [])[1]; }
    getHeaders() { return Object.fromEntries(this.fields.values()); }
    getHeaderNames() { return [...this.fields.keys()]; }
    hasHeader(name) { return this.fields.has(name.toLowerCase()); }
    removeHeader(name) { this.fields.delete(name.toLowerCase()); }
    flushHeaders() {
        this.beginStream();
        this.headersSent = true;
    }
    writeHead(status, ...rest) {
        this.statusCode = status;
        const headers = rest.pop();
        if (headers && typeof headers === 'object')
            this.set(headers);
        return this;
    }

    status(status) {
        this.statusCode = status;
        return this;
    }
    get(name) { return this.getHeader(name); }
    set(name, value) {
        if (typeof name === 'object') {
            for (const [each, text] of Object.entries(name))
                this.set(each, text);
            return this;
        }
        const isType = name.toLowerCase() === 'content-type';
        const text = Array.isArray(value) ? value.map(String) : String(value);
        return this.setHeader(name, isType && !/;\s*charset=/i.test(text) ? withCharset(text) : text);
    }
    header(name, value) { return this.set(name, value); }
    append(name, value) {
        const before = this.getHeader(name);
        return this.setHeader(name, before === undefined ? value : [].concat(before, value));
    }
    type(type) { return this.set('content-type', mimeOf(type)); }
    contentType(type) { return this.type(type); }
    vary(name) { return this.append('vary', name); }
    location(url) { return this.set('location', encodeURI(decodeURI(url))); }
    attachment(file) {
        return this.set('content-disposition', file ? `attachment; filename="${file}"` : 'attachment');
    }
    cookie(name, value, options = {}) {
        const text = typeof value === 'object' ? `j:${JSON.stringify(value)}` : String(value);
        const parts = [`${name}=${encodeURIComponent(text)}`];
        if (options.maxAge !== undefined)
            parts.push(`Max-Age=${Math.floor(options.maxAge / 1000)}`);
        if (options.domain)
            parts.push(`Domain=${options.domain}`);
        parts.push(`Path=${options.path || '/'}`);
        if (options.expires)
            parts.push(`Expires=${options.expires.toUTCString()}`);
        if (options.httpOnly)
            parts.push('HttpOnly');
        if (options.secure)
            parts.push('Secure');
        if (options.sameSite)
            parts.push(`SameSite=${options.sameSite === true ? 'Strict' : options.sameSite}`);
        return this.append('set-cookie', parts.join('; '));
    }
    clearCookie(name, options = {}) {
        return this.cookie(name, '', { ...options, expires: new Date(1) });
    }
    redirect(...given) {
        const url = given.pop();
        const status = given.pop() || 302;
        this.location(url);
        this.statusCode = status;
        this.type('text');
        this.end(this.req.method === 'HEAD' ? undefined
            : `${statusText()[status]}. Redirecting to ${this.getHeader('location')}`);
    }
    sendStatus(status) {
        this.statusCode = status;
        return this.type('text').send(statusText()[status] || String(status));
    }
    json(value) {
        if (!this.hasHeader('content-type'))
            this.set('content-type', 'application/json');
        this.end(JSON.stringify(value));
        return this;
    }
    jsonp(value) { return this.json(value); }
    send(body) {
        if (body instanceof Uint8Array) {
            if (!this.hasHeader('content-type'))
                this.type('bin');
        } else if (typeof body === 'string') {
            if (!this.hasHeader('content-type'))
                this.type('html');
        } else if (body !== undefined && body !== null) {
            return this.json(body);
        }
        this.end(body === null || this.req.method === 'HEAD' ? undefined : body);
        return this;
    }
}

function createRequest(request) {
    const made = new ExpressRequest(request);
    made.body = request.parsedBody();
    return made;
}

// Calls handler(req, res) and gives the response that it ended. stream: of the caller, if any.
function serve(handler, request, stream) {
    return new Promise((resolve, reject) => {
        let incoming;
        try {
            incoming = createRequest(request);
        } catch (error) { // a body that is not what it says
            resolve(response(400, { 'content-type': 'text/plain; charset=utf-8' }, error.message));
            return;
        }
        const outgoing = new ExpressResponse(incoming, stream, resolve, reject);
        incoming.res = outgoing;
        if (stream)
            stream.onGone = () => {
                incoming.aborted = true;
                incoming.emit('aborted');
                incoming.destroy();
                outgoing.destroy();
            };
        Promise.resolve(handler(incoming, outgoing)).catch(reject);
    });
}

module.exports = { createRequest, serve };
