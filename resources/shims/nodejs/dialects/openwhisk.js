'use strict';
// Apache OpenWhisk: main(params), also as a web action.

exports.bind = (handler) => async (message, event) => {
    process.env.__OW_ACTIVATION_ID = message.id;
    process.env.__OW_DEADLINE = String(Date.now() + message.timeout_ms);
    return handler(JSON.parse(event));
};
