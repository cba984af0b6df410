'use strict';
// Makes a function of another dialect an OpenWhisk action: main(params) calls its handler.
//
// The function's own files lie in function/ beside this file. What it is called with and what it
// returns travels wrapped where OpenWhisk takes only dictionaries.
const path = require('path');
const { pathToFileURL } = require('url');
const fs = require('fs');

const settings = JSON.parse(
  fs.readFileSync(path.join(__dirname, 'edgewright-adapter.json'), 'utf8'));
const folder = path.join(__dirname, 'function');
const EVENT = 'edgewright-event';
const VALUE = 'edgewright-value';

Object.assign(process.env, settings.environment);
process.chdir(folder);

const dot = settings.handler.lastIndexOf('.');
const moduleName = settings.handler.slice(0, dot);
const handlerName = settings.handler.slice(dot + 1);

function fileOf() {
  for (const ending of ['.js', '.mjs', '.cjs']) {
    const file = path.join(folder, moduleName + ending);
    if (fs.existsSync(file)) return file;
  }
  throw new Error(`no file for the module ${moduleName}`);
}

function handlerIn(loaded) {
  const found = loaded[handlerName] ?? loaded.default?.[handlerName];
  if (typeof found !== 'function') throw new Error(`no function ${handlerName} in ${moduleName}`);
  return found;
}

// A module that can be required is loaded now, so that its mistakes show at once.
function load() {
  const file = fileOf();
  try {
    return Promise.resolve(handlerIn(require(file)));
  } catch (error) {
    if (error.code !== 'ERR_REQUIRE_ESM') throw error;
  }
  const later = import(pathToFileURL(file)).then(handlerIn);
  later.catch(() => {}); // told by the first call
  return later;
}
const handler = load();

function contextOf() {
  const deadline = Date.now() + settings.timeout_ms;
  return {
    functionName: settings.name,
    functionVersion: process.env.__OW_ACTION_VERSION || '1',
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${settings.name}`,
    memoryLimitInMB: String(settings.memory_mb),
    awsRequestId: process.env.__OW_ACTIVATION_ID || '',
    logGroupName: `/edgewright/${settings.name}`,
    logStreamName: settings.bundle,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

// The HTTP request of a web action in the form of API Gateway's payload, version 2.0.
function gatewayEvent(params) {
  const { __ow_headers: headers = {}, __ow_method: method, __ow_path: rawPath, __ow_query: query = '',
    __ow_body: body, __ow_user: _user, ...rest } = params;
  const where = rawPath || '/';
  const event = {
    version: '2.0', routeKey: '$default', rawPath: where, rawQueryString: query, headers,
    requestContext: {
      http: { method: method.toUpperCase(), path: where, protocol: 'HTTP/1.1',
        sourceIp: headers['x-forwarded-for'] || '', userAgent: headers['user-agent'] || '' },
      stage: '$default', requestId: '', timeEpoch: Date.now() },
    isBase64Encoded: false,
  };
  const names = Object.keys(rest);
  if (names.length) {
    event.queryStringParameters = Object.fromEntries(names.map((name) => [name, String(rest[name])]));
  }
  if (body) {
    const type = headers['content-type'] || 'application/json';
    const isText = type.includes('json') || type.startsWith('text/');
    const isRaw = /^\s*[{["]/.test(body); // a JSON body is never base64
    event.body = isText && !isRaw ? Buffer.from(body, 'base64').toString() : body;
    event.isBase64Encoded = !isText;
  }
  return event;
}

function eventOf(params) {
  if (params && EVENT in params) return params[EVENT];
  return params && params.__ow_method ? gatewayEvent(params) : params;
}

function call(found, event) {
  if (found.length < 3) return found(event, contextOf());
  return new Promise((resolve, reject) => {
    const done = (error, value) => (error ? reject(error) : resolve(value));
    const value = found(event, contextOf(), done);
    if (value && typeof value.then === 'function') value.then(resolve, reject);
  });
}

exports.main = async (params) => {
  const found = await handler;
  if (settings.dialect === 'openwhisk') return found(params);
  const value = await call(found, eventOf(params));
  const isPlain = value !== null && typeof value === 'object' && !Array.isArray(value);
  return isPlain && !('error' in value) ? value : { [VALUE]: value === undefined ? null : value };
};
