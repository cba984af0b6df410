'use strict';
// Google Cloud Functions: (req, res) for HTTP, (cloudEvent), and the older (data, context, callback);
// exported, or registered with the Functions Framework.

const { Request, called, requestIn, response, standIn } = require('./common');
const cloudevent = require('./cloudevent');
const express = require('./express');

const registered = new Map();

function register(form) {
    return (name, handler) => registered.set(name, { handler, form });
}

exports.beforeLoad = () => standIn({ '@google-cloud/functions-framework': {
    http: register('http'), cloudEvent: register('cloudEvent'), event: register('event'),
    typed: register('typed'),
} });

exports.handlerOf = (exported, name) => {
    const found = registered.get(name);
    return found && Object.assign((...given) => found.handler(...given), { registration: found });
};

async function typed(handler, request) {
    const answer = await handler(JSON.parse(request.body.toString()));
    return response(200, { 'content-type': 'application/json' }, JSON.stringify(answer ?? null));
}

function runEvent(handler, event, form) {
    if (form === 'cloudEvent')
        return called((done) => handler(event, done), handler.length >= 2);
    const { data, context } = cloudevent.toLegacy(event);
    return called((done) => handler(data, { ...context, ...context.context }, done),
        handler.length >= 3);
}

async function onRequest(handler, request, form) {
    let event;
    try {
        event = cloudevent.fromRequest(request);
    } catch (error) {
        return response(400, { 'content-type': 'text/plain; charset=utf-8' }, error.message);
    }
    await runEvent(handler, event, form);
    return response(204, {}, '');
}

exports.bind = (bound, load) => {
    const { handler, form } = bound.registration || {
        handler: bound,
        form: load.form === 'http' ? 'http' : bound.length >= 2 ? 'event' : 'cloudEvent' };
    return async (message, text) => {
        const value = JSON.parse(text);
        if (form === 'http')
            return express.serve(handler, new Request(value), message.stream);
        const request = requestIn(value);
        if (form === 'typed')
            return typed(handler, request);
        return request ? onRequest(handler, request, form)
            : runEvent(handler, cloudevent.eventIn(value, message), form);
    };
};
