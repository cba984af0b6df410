'use strict';
// Tencent SCF, main_handler(event, context, callback), and CloudBase, main(event, context).

const { called, deadline } = require('./common');

function contextOf(load, message) {
    const variables = process.env;
    return {
        callbackWaitsForEmptyEventLoop: true,
        getRemainingTimeInMillis: deadline(message),
        memory_limit_in_mb: load.memory_mb,
        time_limit_in_ms: message.timeout_ms,
        request_id: message.id,
        requestId: message.id,
        environ: Object.entries(load.environment).map(([name, value]) => `${name}=${value}`).join(';'),
        environment: JSON.stringify(load.environment),
        function_name: load.name,
        function_version: String(load.version),
        namespace: variables.SCF_NAMESPACE || 'default',
        tencentcloud_region: variables.TENCENTCLOUD_REGION || 'local',
        tencentcloud_appid: variables.TENCENTCLOUD_APPID || '',
        tencentcloud_uin: variables.TENCENTCLOUD_UIN || '',
    };
}

exports.bind = (handler, load) => (message, event) => called(
    (done) => handler(JSON.parse(event), contextOf(load, message), done), handler.length >= 3);
