'use strict';
// Alibaba Function Compute: handler(event, context, callback) with the event as a Buffer, or
// handler(req, resp, context) for HTTP.

const { Readable } = require('stream');
const { Request, called, deadline, isPromise, response, textOrValue } = require('./common');

function contextOf(load, message) {
    const variables = process.env;
    return {
        requestId: message.id,
        credentials: {
            accessKeyId: variables.ALIBABA_CLOUD_ACCESS_KEY_ID || '',
            accessKeySecret: variables.ALIBABA_CLOUD_ACCESS_KEY_SECRET || '',
            securityToken: variables.ALIBABA_CLOUD_SECURITY_TOKEN || '',
        },
        function: { name: load.name, handler: load.handler, memory: load.memory_mb,
            timeout: Math.floor(message.timeout_ms / 1000), initializer: '',
            initializationTimeout: 0 },
        service: { name: load.application || '', logProject: '', logStore: '',
            qualifier: String(load.version), versionId: String(load.version) },
        region: variables.FC_REGION || 'local',
        accountId: variables.FC_ACCOUNT_ID || '',
        retryCount: 0,
        tracing: { openTracingSpanContext: '', jaegerEndpoint: '', openTracingSpanBaggages: {} },
        logger: { log: console.log, info: console.info, warn: console.warn, error: console.error,
            debug: console.debug },
        getRemainingTimeInMillis: deadline(message),
    };
}

// A request that can be read as a stream too.
function streamOf(request) {
    const stream = new Readable({ read() {} });
    stream.push(request.body.length ? request.body : null);
    if (request.body.length)
        stream.push(null);
    return Object.assign(stream, { method: request.method, path: decodeURI(request.path),
        url: request.target, headers: request.headers, queries: request.queries(),
        clientIP: request.remote, body: request.body, httpVersion: request.httpVersion,
        getHeader: (name) => request.header(name.toLowerCase()) });
}

class Response {
    constructor(resolve, reject) {
        this.status = 200;
        this.headers = {};
        this.settle = { resolve, reject };
    }
    setStatusCode(status) { this.status = status; }
    get statusCode() { return this.status; }
    set statusCode(status) { this.status = status; }
    setHeader(name, value) { this.headers[name.toLowerCase()] = value; }
    getHeader(name) { return this.headers[name.toLowerCase()]; }
    hasHeader(name) { return name.toLowerCase() in this.headers; }
    deleteHeader(name) { delete this.headers[name.toLowerCase()]; }
    send(body) {
        if (body && typeof body.pipe === 'function') {
            const chunks = [];
            body.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
            body.on('end', () => this.send(Buffer.concat(chunks)));
            body.on('error', this.settle.reject);
            return;
        }
        this.settle.resolve(response(this.status, this.headers, body));
    }
    end(body) { this.send(body); }
}

function serve(handler, request, context) {
    return new Promise((resolve, reject) => {
        const returned = handler(streamOf(request), new Response(resolve, reject), context);
        if (isPromise(returned))
            returned.then(undefined, reject);
    });
}

exports.bind = (handler, load) => {
    const initializer = load.exports.initializer || load.exports.initialize;
    let pending = typeof initializer === 'function' ? initializer : null;
    const begin = async (message) => {
        const context = contextOf(load, message);
        const first = pending;
        pending = null;
        if (first)
            await called((done) => first(context, done), first.length >= 2);
        return context;
    };
    if (load.form === 'http')
        return async (message, event) =>
            serve(handler, new Request(JSON.parse(event)), await begin(message));
    return async (message, event) => {
        const context = await begin(message);
        return textOrValue(await called((done) => handler(event, context, done),
            handler.length >= 3));
    };
};
