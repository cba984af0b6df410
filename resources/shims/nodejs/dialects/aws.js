'use strict';
// AWS Lambda: handler(event, context) or handler(event, context, callback); with
// awslambda.streamifyResponse(), handler(event, responseStream, context).

const { called, deadline, xrayHeader } = require('./common');

function contextOf(load, message, done) {
    return {
        functionName: load.name,
        functionVersion: String(load.version),
        invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${load.name}`,
        memoryLimitInMB: String(load.memory_mb),
        awsRequestId: message.id,
        logGroupName: `/edgewright/${load.name}`,
        logStreamName: load.bundle,
        identity: undefined,
        clientContext: undefined,
        callbackWaitsForEmptyEventLoop: true,
        getRemainingTimeInMillis: deadline(message),
        done,
        succeed: (value) => done(null, value),
        fail: (error) => done(error || new Error('failed')),
        traceparent: message.traceparent,
    };
}

const STREAMS = Symbol('its response streams');

exports.beforeLoad = () => {
    globalThis.awslambda = {
        streamifyResponse: (handler) => Object.assign(handler, { [STREAMS]: true }),
        HttpResponseStream: { from: (stream, prelude) => Object.assign(stream, { prelude }) },
    };
};

// Over when the function is and its stream was ended.
function callStreaming(handler, event, context, stream) {
    const { ResponseStream } = require('./streams');
    const answer = new ResponseStream(stream);
    return new Promise((resolve, reject) => {
        let isOver = false;
        const look = () => {
            if (isOver && (answer.writableFinished || answer.destroyed))
                resolve(answer.result());
        };
        answer.on('finish', look).on('close', look).on('error', reject);
        Promise.resolve(handler(event, answer, context)).then(() => {
            isOver = true;
            look();
        }, reject);
    });
}

exports.bind = (handler, load) => (message, event) => {
    process.env._X_AMZN_TRACE_ID = xrayHeader(message);
    if (handler[STREAMS])
        return callStreaming(handler, JSON.parse(event), contextOf(load, message, () => {}),
            message.stream);
    return called((done) => handler(JSON.parse(event), contextOf(load, message, done), done),
        handler.length >= 3);
};
