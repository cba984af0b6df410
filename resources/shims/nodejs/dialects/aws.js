'use strict';
// AWS Lambda: handler(event, context) or handler(event, context, callback).

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

exports.bind = (handler, load) => (message, event) => {
    process.env._X_AMZN_TRACE_ID = xrayHeader(message);
    return called((done) => handler(JSON.parse(event), contextOf(load, message, done), done),
        handler.length >= 3);
};
