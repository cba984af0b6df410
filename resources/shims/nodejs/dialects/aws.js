'use strict';
// AWS Lambda: handler(event, context) or handler(event, context, callback).

const { called, deadline } = require('./common');

exports.bind = (handler, load) => (message, event) => called((done) => handler(JSON.parse(event), {
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
}, done), handler.length >= 3);
