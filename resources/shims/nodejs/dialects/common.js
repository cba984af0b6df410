'use strict';
// What several dialects share: the request as the runtime sends it, and answers to it.

const now = () => performance.now();

// Milliseconds that are left of an invocation.
function deadline(message) {
    const at = now() + message.timeout_ms;
    return () => Math.max(0, Math.floor(at - now()));
}

// The trace of an invocation as AWS writes it.
function xrayHeader({ traceparent }) {
    return `Root=1-${traceparent.slice(3, 11)}-${traceparent.slice(11, 35)}` +
        `;Parent=${traceparent.slice(36, 52)};Sampled=${traceparent.slice(-1)}`;
}

// Of the invocation that runs; a request that is played again tells of an older one.
function traceHeaders() {
    return ['TRACEPARENT', 'TRACESTATE'].filter((name) => process.env[name])
        .map((name) => [name.toLowerCase(), process.env[name]]);
}

// The canonical request of docs/dialects.md.
class Request {
    // stream: of the caller; a body that it gives is in input, to be read once.
    constructor(value, stream) {
        this.method = value.method;
        this.path = value.path;
        this.query = value.query || '';
        this.pairs = (value.headers || [])
            .filter(([name]) => name !== 'traceparent' && name !== 'tracestate')
            .concat(traceHeaders());
        this.body = Buffer.from(value.body || '', value.isBase64Encoded ? 'base64' : 'utf8');
        this.input = null;
        if (stream && value.bodyStreams)
            this.input = new (require('./streams').Input)(stream);
        this.parameters = value.parameters || {};
        this.remote = value.remoteAddress || '';
        this.httpVersion = (value.protocol || 'HTTP/1.1').slice(5);
        this.headers = {};
        for (const [name, text] of this.pairs) {
            const before = this.headers[name];
            this.headers[name] = before === undefined ? text
                : before + (name === 'cookie' ? '; ' : ', ') + text;
        }
    }
    // Reads a body that streams.
    async whole() {
        if (this.input) {
            const parts = [];
            for await (const part of this.input)
                parts.push(part);
            this.body = Buffer.concat(parts);
            this.input = null;
        }
        return this;
    }
    header(name) {
        return this.headers[name] || '';
    }
    get mediaType() {
        return this.header('content-type').split(';')[0].trim().toLowerCase();
    }
    get isJson() {
        return /^application\/json$|\+json$/.test(this.mediaType);
    }
    get target() {
        return this.path + (this.query ? `?${this.query}` : '');
    }
    get url() {
        const scheme = this.header('x-forwarded-proto') || 'http';
        return `${scheme}://${this.header('host') || 'localhost'}${this.target}`;
    }
    // Repeated names become lists.
    queries() {
        return fieldsOf(this.query);
    }
    // The first of each name.
    firstQueries() {
        return Object.fromEntries([...new URLSearchParams(this.query)].reverse());
    }
    // Parsed by its content type; a body that is not what it says throws a SyntaxError.
    parsedBody() {
        if (this.isJson)
            return this.body.length ? JSON.parse(this.body.toString()) : {};
        if (this.mediaType === 'application/x-www-form-urlencoded')
            return fieldsOf(this.body.toString());
        if (this.mediaType.startsWith('text/'))
            return this.body.toString();
        return this.body.length ? this.body : {};
    }
}

function fieldsOf(text) {
    const fields = {};
    for (const [name, value] of new URLSearchParams(text)) {
        if (fields[name] === undefined)
            fields[name] = value;
        else
            fields[name] = [].concat(fields[name], value);
    }
    return fields;
}

// The request that an event is; null when it is none.
function requestIn(value) {
    return value !== null && typeof value === 'object' && value.edgewright === 'request'
        ? new Request(value) : null;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

// The canonical response. headers: an object or pairs, values or lists of them.
function response(status, headers, body) {
    const fields = {};
    const pairs = headers && typeof headers[Symbol.iterator] === 'function'
        ? headers : Object.entries(headers || {});
    for (const [name, value] of pairs) {
        const key = String(name).toLowerCase();
        const values = [].concat(fields[key] === undefined ? [] : fields[key], value).map(String);
        fields[key] = values.length === 1 ? values[0] : values;
    }
    const answer = { statusCode: Number(status), headers: fields, body, isBase64Encoded: false };
    if (body === undefined || body === null) {
        answer.body = '';
    } else if (body instanceof Uint8Array) {
        try {
            answer.body = decoder.decode(body);
        } catch {
            answer.body = Buffer.from(body).toString('base64');
            answer.isBase64Encoded = true;
        }
    } else {
        answer.body = String(body);
    }
    return answer;
}

// Bytes as text where they are text, else as a response that says base64.
function textOrValue(value) {
    if (!(value instanceof Uint8Array))
        return value;
    const answer = response(200, { 'content-type': 'application/octet-stream' }, value);
    return answer.isBase64Encoded ? answer : answer.body;
}

function hasHeader(headers, wanted) {
    return Object.keys(headers || {}).some((name) => name.toLowerCase() === wanted);
}

// Text as text, anything else as JSON, where the headers do not say otherwise.
function webResponse(status, headers, body, textType = 'text/plain; charset=utf-8') {
    const fields = { ...headers };
    let sent = body;
    let type = textType;
    if (body instanceof Uint8Array) {
        type = 'application/octet-stream';
    } else if (body !== undefined && body !== null && typeof body !== 'string') {
        sent = JSON.stringify(body);
        type = 'application/json';
    }
    if (!hasHeader(fields, 'content-type') && sent !== undefined && sent !== null)
        fields['content-type'] = type;
    return response(status || 200, fields, sent);
}

function isPromise(value) {
    return value !== null && value !== undefined && typeof value.then === 'function';
}

// Calls a handler that may answer by its promise, by a callback or by its value. What it returns is
// the answer, unless it takes the callback (it has that many parameters) and returns no promise.
function called(call, takesCallback) {
    return new Promise((resolve, reject) => {
        const done = (error, value) => (error ? reject(error) : resolve(value));
        const returned = call(done);
        if (isPromise(returned) || !takesCallback)
            resolve(returned);
    });
}

// Answers require() of a platform's package with ours, installed or not.
function standIn(modules) {
    const Module = require('module');
    const load = Module._load;
    const names = Object.keys(modules);
    Module._load = function (request, ...rest) {
        const name = names.find((each) => request === each ||
            request.includes(`/node_modules/${each}/`));
        return name ? modules[name] : load.call(this, request, ...rest);
    };
}

module.exports = { Request, called, deadline, fieldsOf, hasHeader, isPromise, requestIn, response,
    standIn, textOrValue, webResponse, xrayHeader };
