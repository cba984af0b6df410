'use strict';
// The package @azure/functions as functions of the fourth programming model use it: app registers
// them, and they are called with a request of the fetch kind.

const registered = new Map();
new Request('http://localhost/'); // Node.js loads fetch with its first use: now, not in a call

class HttpRequest {
    constructor(init = {}) {
        this.method = init.method || 'GET';
        this.url = init.url || 'http://localhost/';
        this.headers = init.headers instanceof Headers ? init.headers : new Headers(init.headers);
        this.query = init.query instanceof URLSearchParams ? init.query
            : new URLSearchParams(init.query || new URL(this.url).search);
        this.params = init.params || {};
        this.user = null;
        const bytes = init.body === undefined || init.body === null ? null
            : init.body.bytes || init.body.string || init.body;
        const hasBody = bytes !== null && !['GET', 'HEAD'].includes(this.method);
        this.inner = new Request(this.url, { method: this.method, headers: this.headers,
            body: hasBody ? bytes : undefined, duplex: 'half' });
    }
    get body() { return this.inner.body; }
    get bodyUsed() { return this.inner.bodyUsed; }
    arrayBuffer() { return this.inner.arrayBuffer(); }
    blob() { return this.inner.blob(); }
    formData() { return this.inner.formData(); }
    json() { return this.inner.json(); }
    text() { return this.inner.text(); }
    clone() {
        const copy = Object.create(HttpRequest.prototype);
        return Object.assign(copy, this, { inner: this.inner.clone() });
    }
}

class HttpResponse {
    constructor(init = {}) {
        this.status = init.status || 200;
        this.headers = new Headers(init.headers);
        this.cookies = init.cookies || [];
        this.enableContentNegotiation = false;
        this.given = init.body === undefined ? null : init.body;
        const isJson = init.jsonBody !== undefined;
        if (isJson && !this.headers.has('content-type'))
            this.headers.set('content-type', 'application/json');
        this.inner = new Response(isJson ? JSON.stringify(init.jsonBody) : init.body);
    }
    get body() { return this.inner.body; }
    get bodyUsed() { return this.inner.bodyUsed; }
    arrayBuffer() { return this.inner.arrayBuffer(); }
    blob() { return this.inner.blob(); }
    json() { return this.inner.json(); }
    text() { return this.inner.text(); }
}

class InvocationContext {
    constructor(init = {}) {
        Object.assign(this, { invocationId: '', functionName: '', retryContext: undefined,
            traceContext: undefined, triggerMetadata: {}, options: {} }, init);
        const inputs = new Map();
        const outputs = new Map();
        const key = (binding) => (typeof binding === 'string' ? binding : binding.name);
        this.extraInputs = { get: (binding) => inputs.get(key(binding)),
            set: (binding, value) => inputs.set(key(binding), value) };
        this.extraOutputs = { get: (binding) => outputs.get(key(binding)),
            set: (binding, value) => outputs.set(key(binding), value),
            all: () => Object.fromEntries(outputs) };
    }
    log(...given) { console.log(...given); }
    trace(...given) { console.log(...given); }
    debug(...given) { console.log(...given); }
    info(...given) { console.log(...given); }
    warn(...given) { console.warn(...given); }
    error(...given) { console.error(...given); }
}

function register(kind) {
    return (name, options) => {
        const handler = typeof options === 'function' ? options : options.handler;
        registered.set(name, { handler, kind, options: typeof options === 'function' ? {} : options });
    };
}

const HTTP = ['http', 'get', 'post', 'put', 'patch', 'deleteRequest'];
let bindings = 0;
const binding = (type) => (options = {}) =>
    ({ type, name: options.name || `${type}${(bindings += 1)}`, ...options });
const anyBinding = new Proxy({}, { get: (target, type) => binding(String(type)) });

const app = new Proxy({
    setup() {},
    hook: new Proxy({}, { get: () => () => ({ dispose() {} }) }),
}, {
    get: (target, kind) => (kind in target ? target[kind]
        : register(HTTP.includes(kind) ? 'http' : String(kind))),
});

module.exports = { registered, HttpRequest, HttpResponse, InvocationContext,
    package: { app, HttpRequest, HttpResponse, InvocationContext, input: anyBinding,
        output: anyBinding, trigger: anyBinding, default: app } };
