'use strict';
// Azure Functions: module.exports = async function (context, req) of the third programming model with
// its bindings, and the functions that app.http() and its like register in the fourth.

const fs = require('fs');
const path = require('path');
const { Request, hasHeader, isPromise, requestIn, response, textOrValue, webResponse } =
    require('./common');
const azure = require('./azurefunctions');
const { sendAll } = require('./streams');

exports.beforeLoad = () => {
    process.env.FUNCTIONS_WORKER_RUNTIME = process.env.FUNCTIONS_WORKER_RUNTIME || 'node';
    require('./common').standIn({ '@azure/functions': azure.package });
};

exports.handlerOf = (exported, name) => {
    const found = azure.registered.get(name);
    return found && Object.assign((...given) => found.handler(...given), { registration: found });
};

function cookieText(cookie) {
    const parts = [`${encodeURIComponent(cookie.name)}=${encodeURIComponent(cookie.value)}`];
    for (const [key, name] of [['domain', 'Domain'], ['path', 'Path'], ['maxAge', 'Max-Age'],
        ['sameSite', 'SameSite']])
        if (cookie[key] !== undefined)
            parts.push(`${name}=${cookie[key]}`);
    if (cookie.expires)
        parts.push(`Expires=${new Date(cookie.expires).toUTCString()}`);
    for (const [key, name] of [['secure', 'Secure'], ['httpOnly', 'HttpOnly']])
        if (cookie[key])
            parts.push(name);
    return parts.join('; ');
}

function withCookies(headers, cookies) {
    return cookies && cookies.length ? { ...headers, 'set-cookie': cookies.map(cookieText) } : headers;
}

// ---- third model

// function.json beside the function says what its bindings are called.
function bindingsOf(file) {
    try {
        const text = fs.readFileSync(path.join(path.dirname(file), 'function.json'), 'utf8');
        return JSON.parse(text).bindings || [];
    } catch {
        return [];
    }
}

function requestFor(request) {
    const bytes = request.body;
    let body = bytes.length ? bytes.toString() : undefined;
    if (request.isJson && bytes.length) {
        try {
            body = JSON.parse(body);
        } catch { // as the platform: what is no JSON stays text
        }
    } else if (request.mediaType === 'application/octet-stream') {
        body = bytes;
    }
    return { method: request.method, url: request.url, originalUrl: request.url,
        headers: request.headers, query: request.firstQueries(), params: request.parameters, body,
        rawBody: bytes.length ? bytes.toString() : undefined, bufferBody: bytes,
        get: (name) => request.headers[name.toLowerCase()],
        header: (name) => request.headers[name.toLowerCase()] };
}

class ContextResponse {
    constructor(done) {
        Object.defineProperty(this, 'finish', { value: done });
        this.headers = {};
        this.cookies = [];
        this.statusCode = undefined;
        this.body = undefined;
    }
    status(status) {
        this.statusCode = status;
        return this;
    }
    setHeader(name, value) {
        this.headers[name.toLowerCase()] = value;
        return this;
    }
    set(name, value) { return this.setHeader(name, value); }
    header(name, value) { return this.setHeader(name, value); }
    getHeader(name) { return this.headers[name.toLowerCase()]; }
    get(name) { return this.getHeader(name); }
    removeHeader(name) {
        delete this.headers[name.toLowerCase()];
        return this;
    }
    type(type) { return this.setHeader('content-type', type); }
    send(body) {
        if (body !== undefined)
            this.body = body;
        this.finish();
        return this;
    }
    end(body) { return this.send(body); }
    json(body) { return this.type('application/json').send(JSON.stringify(body)); }
    sendStatus(status) { return this.status(status).send(); }
}

function answerOf(value) {
    if (value === undefined || value === null)
        return response(204, {}, '');
    if (typeof value !== 'object' || value instanceof Uint8Array)
        return webResponse(200, {}, value);
    const headers = withCookies(value.headers, value.cookies);
    const status = typeof value.status === 'function' ? value.statusCode
        : value.status ?? value.statusCode;
    const isResponse = ['status', 'statusCode', 'body', 'headers', 'cookies', 'isRaw']
        .some((name) => name in value);
    if (!isResponse)
        return webResponse(200, {}, value);
    const { body } = value;
    const isText = typeof body === 'string' || body === undefined || body === null ||
        body instanceof Uint8Array;
    const says = hasHeader(headers, 'content-type');
    return webResponse(status || 200, headers, isText || !says ? body : JSON.stringify(body));
}

function logger() {
    const log = (...given) => console.log(...given);
    return Object.assign(log, { error: console.error, warn: console.warn, info: console.info,
        verbose: console.log, metric: () => {} });
}

function contextFor(load, message, request) {
    return {
        invocationId: message.id,
        executionContext: { invocationId: message.id, functionName: load.name,
            functionDirectory: path.dirname(load.file), retryContext: null },
        bindings: {}, bindingDefinitions: [],
        bindingData: { invocationId: message.id, sys: { methodName: load.name,
            utcNow: new Date().toISOString(), randGuid: message.id } },
        traceContext: { traceparent: message.traceparent, tracestate: message.tracestate || '',
            attributes: {} },
        log: logger(),
    };
}

// Calls a function of the third model: { returned, context } when it is done.
function run(handler, context, trigger) {
    return new Promise((resolve, reject) => {
        const finish = (returned) => resolve({ returned, context });
        context.done = (error, result) => (error ? reject(error) : finish(result));
        const own = new ContextResponse(() => finish(undefined));
        if (context.req)
            context.res = own;
        const returned = handler(context, trigger, ...context.inputs || []);
        if (isPromise(returned))
            returned.then(finish, reject);
    });
}

function httpAnswer({ returned, context }, output) {
    const bound = output && output.name !== '$return' && output.name !== 'res'
        ? context.bindings[output.name] : context.bindings.res;
    return answerOf(returned !== undefined && returned !== null ? returned : bound ?? context.res);
}

function outputsOf({ returned, context }, known) {
    const said = Object.fromEntries(Object.entries(context.bindings)
        .filter(([name, value]) => !known.has(name) && value !== undefined)
        .map(([name, value]) => [name, textOrValue(value)]));
    if (!Object.keys(said).length)
        return textOrValue(returned);
    return returned === undefined ? said : { ...said, $return: returned };
}

function bindThird(handler, load) {
    const bindings = bindingsOf(load.file);
    const output = bindings.find((each) => each.type === 'http' && each.direction === 'out');
    const trigger = bindings.find((each) => /trigger$/i.test(each.type));
    return async (message, event) => {
        const value = JSON.parse(event);
        const request = requestIn(value);
        const context = contextFor(load, message, request);
        if (load.form === 'http') {
            context.req = requestFor(await new Request(value, message.stream).whole());
            context.bindings.req = context.req;
            Object.assign(context.bindingData, context.req.query, context.req.params);
            return httpAnswer(await run(handler, context, context.req), output);
        }
        const given = request ? inputOf(request) : value;
        const name = trigger ? trigger.name : 'input';
        context.bindings[name] = given;
        return outputsOf(await run(handler, context, given), new Set([name]));
    };
}

// As an administrator calls a function of another trigger: {"input": …}.
function inputOf(request) {
    const body = request.parsedBody();
    return body && typeof body === 'object' && 'input' in body ? body.input : body;
}

// ---- fourth model

// Debian's Node.js 18 has no Headers.getSetCookie() and joins them: an attribute never begins after
// a comma with a name and "=", the date of Expires included.
function cookiesOf(headers) {
    if (headers.getSetCookie)
        return headers.getSetCookie();
    return headers.has('set-cookie') ? headers.get('set-cookie').split(/, (?=[^;,= ]+=)/) : [];
}

// Whether a body comes piece by piece.
function isStreamed(body) {
    return body !== null && typeof body === 'object' && !(body instanceof Uint8Array) &&
        typeof body[Symbol.asyncIterator] === 'function';
}

async function fetchAnswer(value, stream) {
    if (value === undefined || value === null)
        return response(204, {}, '');
    if (typeof value !== 'object')
        return webResponse(200, {}, value);
    const answer = value instanceof azure.HttpResponse || value instanceof Response
        ? value : new azure.HttpResponse(value);
    const pairs = [...answer.headers].filter(([name]) => name !== 'set-cookie');
    for (const cookie of cookiesOf(answer.headers))
        pairs.push(['set-cookie', cookie]);
    for (const cookie of answer.cookies || [])
        pairs.push(['set-cookie', cookieText(cookie)]);
    if (stream && isStreamed(value.given === undefined ? value.body : value.given))
        return sendAll(stream, answer.status, pairs, answer.body);
    const body = Buffer.from(await answer.arrayBuffer());
    if (typeof value.body === 'string' && !answer.headers.has('content-type'))
        pairs.push(['content-type', 'text/plain; charset=utf-8']);
    return response(answer.status, pairs, body);
}

function bindFourth({ handler, kind, options }, load) {
    return async (message, event) => {
        const value = JSON.parse(event);
        const request = requestIn(value);
        const context = new azure.InvocationContext({ invocationId: message.id,
            functionName: load.name, options: { trigger: { type: `${kind}Trigger`, ...options } } });
        if (kind !== 'http') {
            const returned = await handler(request ? inputOf(request) : value, context);
            const said = context.extraOutputs.all();
            if (!Object.keys(said).length)
                return textOrValue(returned);
            return returned === undefined ? said : { ...said, $return: returned };
        }
        const incoming = new Request(value, message.stream);
        return fetchAnswer(await handler(new azure.HttpRequest({ method: incoming.method,
            url: incoming.url, headers: incoming.pairs, params: incoming.parameters,
            query: incoming.query, body: incoming.input || { bytes: incoming.body } }), context), message.stream);
    };
}

exports.bind = (handler, load) => (handler.registration ? bindFourth(handler.registration, load)
    : bindThird(handler, load));
