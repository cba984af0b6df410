'use strict';
// Kubeless: handler(event, context), what was sent in event.data.

const { requestIn, textOrValue } = require('./common');

function eventOf(message, value) {
    const request = requestIn(value);
    if (!request && value && typeof value === 'object' && 'data' in value &&
        ['event-id', 'event-type', 'extensions'].some((name) => name in value))
        return value;
    const header = (name) => (request ? request.header(name) : '');
    return {
        'event-type': header('event-type') || (request ? request.mediaType : 'application/json'),
        'event-id': header('event-id') || message.id,
        'event-time': header('event-time') || new Date().toISOString(),
        'event-namespace': header('event-namespace') || 'edgewright',
        data: request ? dataOf(request) : value,
        extensions: { request: request && require('./express').createRequest(request), response: null },
    };
}

function dataOf(request) {
    if (request.isJson)
        return request.body.length ? JSON.parse(request.body.toString()) : null;
    return request.body.toString();
}

exports.bind = (handler, load) => async (message, event) => textOrValue(
    await handler(eventOf(message, JSON.parse(event)), {
        'function-name': load.name,
        timeout: String(Math.floor(message.timeout_ms / 1000)),
        runtime: process.env.FUNC_RUNTIME || 'nodejs',
        'memory-limit': `${load.memory_mb}Mi`,
    }));
