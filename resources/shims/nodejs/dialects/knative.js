'use strict';
// Knative Functions: handle(context, body), or handle(context, event) for a CloudEvent.

const { Request, response, webResponse } = require('./common');
const cloudevent = require('./cloudevent');

function logger() {
    const line = (write) => (...given) => write(...given);
    return { trace: line(console.log), debug: line(console.log), info: line(console.info),
        warn: line(console.warn), error: line(console.error), fatal: line(console.error) };
}

class CloudEventResponse {
    constructor(data) {
        this.event = { specversion: '1.0', id: process.hrtime.bigint().toString(36),
            type: 'dev.knative.function.response', source: '/function', data };
    }
    id(id) { this.event.id = id; return this; }
    source(source) { this.event.source = source; return this; }
    type(type) { this.event.type = type; return this; }
    version(version) { this.event.specversion = version; return this; }
    response() { return this.event; }
}

function eventAnswer(event) {
    const { data, ...attributes } = event;
    const headers = { 'content-type': attributes.datacontenttype || 'application/json' };
    for (const [name, value] of Object.entries(attributes))
        if (name !== 'datacontenttype' && typeof value === 'string')
            headers[`ce-${name}`] = value;
    return response(200, headers, typeof data === 'string' || data instanceof Uint8Array ? data
        : JSON.stringify(data ?? null));
}

function answerOf(value) {
    if (value === undefined || value === null || value === '')
        return response(204, {}, '');
    if (typeof value !== 'object' || value instanceof Uint8Array)
        return webResponse(200, {}, value);
    if (value.specversion && value.type && value.source)
        return eventAnswer(value);
    if (!('body' in value || 'statusCode' in value || 'headers' in value))
        return webResponse(200, {}, value);
    return value.body && value.body.specversion ? eventAnswer(value.body)
        : webResponse(value.statusCode, value.headers, value.body);
}

// The CloudEvent that a request carries; null for an ordinary request.
function eventIn(request) {
    return request.mediaType === 'application/cloudevents+json' || request.header('ce-type')
        ? cloudevent.fromRequest(request) : null;
}

function contextOf(request, event) {
    const [major, minor] = request.httpVersion.split('.').map(Number);
    const body = event ? undefined : request.body.length ? request.parsedBody() : undefined;
    return { log: logger(), query: request.queries(), body, rawBody: request.body.toString(),
        headers: request.headers, method: request.method, httpVersion: request.httpVersion,
        httpVersionMajor: major, httpVersionMinor: minor || 0,
        contentType: request.header('content-type'), cloudevent: event, cloudEvent: event,
        cloudEventResponse: (data) => new CloudEventResponse(data) };
}

exports.bind = (handler, load) => {
    const { init } = load.exports;
    let ready = typeof init === 'function' ? null : Promise.resolve();
    return async (message, text) => {
        ready = ready || Promise.resolve(init({ logLevel: 'info' }));
        await ready;
        const request = new Request(JSON.parse(text));
        let context;
        try {
            context = contextOf(request, eventIn(request));
        } catch (error) { // a body that is not what it says
            return response(400, { 'content-type': 'text/plain; charset=utf-8' }, error.message);
        }
        return answerOf(await handler(context, context.cloudevent || context.body));
    };
};
