'use strict';
// OpenFaaS: the classic module.exports = (context, callback), text in and text out, and of-watchdog's
// module.exports = async (event, context), a request in and a response out.

const { Request, called, isPromise, requestIn, textOrValue, webResponse } = require('./common');

class FunctionContext {
    constructor(answer) {
        this.value = 200;
        this.headerValues = {};
        this.cbCalled = 0;
        this.cb = answer;
    }
    status(status) {
        if (status === undefined)
            return this.value;
        this.value = status;
        return this;
    }
    headers(values) {
        if (values === undefined)
            return this.headerValues;
        this.headerValues = values;
        return this;
    }
    succeed(value) {
        this.cbCalled += 1;
        this.cb(null, value);
    }
    fail(value) {
        this.cbCalled += 1;
        if (this.value === 200)
            this.value = 500;
        this.cb(value);
    }
}

function watchdog(handler, event) {
    return new Promise((resolve, reject) => {
        const answer = (error, value) => {
            if (error instanceof Error)
                return reject(error);
            const status = error && context.value === 200 ? 500 : context.value;
            return resolve(webResponse(status, context.headerValues, error || value,
                'text/html; charset=utf-8'));
        };
        const context = new FunctionContext(answer);
        const returned = handler(event, context, answer);
        if (isPromise(returned))
            returned.then((value) => context.cbCalled || context.succeed(value), reject);
        else if (returned !== undefined && handler.length < 3 && !context.cbCalled)
            context.succeed(returned);
    });
}

function eventOf(request) {
    return { body: request.parsedBody(), headers: request.headers, method: request.method,
        query: request.queries(), path: request.path };
}

function classic(handler, text) {
    return called((done) => handler(text, done), handler.length >= 2);
}

exports.bind = (handler, load) => {
    if (load.form === 'http')
        return async (message, event) => watchdog(handler, eventOf(new Request(JSON.parse(event))));
    return async (message, event) => {
        const value = JSON.parse(event);
        const request = requestIn(value);
        const text = request ? request.body.toString() : typeof value === 'string' ? value
            : event.toString();
        return textOrValue(await classic(handler, text));
    };
};
