'use strict';
// CloudEvents: in binary, structured and the older Google shape, to one object and back.

const { requestIn } = require('./common');

// Google's older event types and what they are called as CloudEvents.
const TYPES = {
    'google.pubsub.topic.publish': 'google.cloud.pubsub.topic.v1.messagePublished',
    'providers/cloud.pubsub/eventTypes/topic.publish': 'google.cloud.pubsub.topic.v1.messagePublished',
    'google.storage.object.finalize': 'google.cloud.storage.object.v1.finalized',
    'google.storage.object.delete': 'google.cloud.storage.object.v1.deleted',
    'google.storage.object.archive': 'google.cloud.storage.object.v1.archived',
    'google.storage.object.metadataUpdate': 'google.cloud.storage.object.v1.metadataUpdated',
    'providers/cloud.firestore/eventTypes/document.write': 'google.cloud.firestore.document.v1.written',
    'providers/cloud.firestore/eventTypes/document.create': 'google.cloud.firestore.document.v1.created',
    'providers/cloud.firestore/eventTypes/document.update': 'google.cloud.firestore.document.v1.updated',
    'providers/cloud.firestore/eventTypes/document.delete': 'google.cloud.firestore.document.v1.deleted',
    'providers/firebase.auth/eventTypes/user.create': 'google.firebase.auth.user.v1.created',
    'providers/firebase.auth/eventTypes/user.delete': 'google.firebase.auth.user.v1.deleted',
    'providers/google.firebase.analytics/eventTypes/event.log': 'google.firebase.analytics.log.v1.written',
    'providers/google.firebase.database/eventTypes/ref.create': 'google.firebase.database.ref.v1.created',
    'providers/google.firebase.database/eventTypes/ref.write': 'google.firebase.database.ref.v1.written',
    'providers/google.firebase.database/eventTypes/ref.update': 'google.firebase.database.ref.v1.updated',
    'providers/google.firebase.database/eventTypes/ref.delete': 'google.firebase.database.ref.v1.deleted',
};
const LEGACY_TYPES = Object.fromEntries(
    Object.entries(TYPES).reverse().map(([old, type]) => [type, old]));
const SERVICES = {
    'google.cloud.pubsub': 'pubsub.googleapis.com',
    'google.cloud.storage': 'storage.googleapis.com',
    'google.cloud.firestore': 'firestore.googleapis.com',
    'google.firebase.auth': 'firebaseauth.googleapis.com',
    'google.firebase.analytics': 'firebaseanalytics.googleapis.com',
    'google.firebase.database': 'firebasedatabase.googleapis.com',
};
const SUBJECTS = ['/objects/', '/documents/', '/refs/', '/events/'];

function renamed(object, names) {
    return Object.fromEntries(Object.entries(object).map(([name, value]) => [names[name] || name, value]));
}

// Context and data of an event of the older shape; null when it is none.
function legacyParts(value) {
    const context = value.context && typeof value.context === 'object' ? value.context : value;
    if (!context.eventType || !('data' in value) || 'specversion' in value)
        return null;
    const { data: _data, ...fields } = context;
    return { context: fields, data: value.data };
}

function fromLegacy({ context, data }) {
    const type = TYPES[context.eventType] || context.eventType;
    const isObject = context.resource && typeof context.resource === 'object';
    let resource = (isObject ? context.resource.name : context.resource) || '';
    const service = (isObject && context.resource.service) ||
        (Object.entries(SERVICES).find(([prefix]) => type.startsWith(prefix)) || [])[1] ||
        'googleapis.com';
    const event = { specversion: '1.0', id: String(context.eventId || ''), type,
        time: context.timestamp || new Date().toISOString(), datacontenttype: 'application/json' };
    let sent = data;
    if (type.startsWith('google.cloud.pubsub')) {
        sent = { message: { ...data, messageId: event.id, publishTime: event.time } };
    } else {
        const mark = SUBJECTS.find((each) => resource.includes(each));
        if (mark) {
            const at = resource.indexOf(mark);
            event.subject = resource.slice(at + 1).split('#')[0];
            resource = resource.slice(0, at);
        }
    }
    if (type.startsWith('google.firebase.auth') && data) {
        if (data.uid)
            event.subject = `users/${data.uid}`;
        if (data.metadata)
            sent = { ...data, metadata: renamed(data.metadata,
                { createdAt: 'createTime', lastSignedInAt: 'lastSignInTime' }) };
    }
    if (type.startsWith('google.firebase.database') && context.domain) {
        const location = context.domain === 'firebaseio.com' ? 'us-central1'
            : context.domain.split('.')[0];
        resource = resource.replace('projects/_/', `projects/_/locations/${location}/`);
    }
    event.source = `//${service}/${resource}`;
    event.data = sent;
    return event;
}

// { data, context } of a CloudEvent, for a function of (data, context).
function toLegacy(event) {
    const { type } = event;
    const [service, ...rest] = event.source.replace(/^\/\//, '').split('/');
    const name = rest.join('/');
    const resource = { service, name: name + (event.subject ? `/${event.subject}` : ''), type };
    let { data } = event;
    if (type.startsWith('google.cloud.pubsub') && data && data.message) {
        const { messageId: _id, publishTime: _time, ...message } = data.message;
        const kind = 'type.googleapis.com/google.pubsub.v1.PubsubMessage';
        data = { '@type': kind, ...message };
        Object.assign(resource, { name, type: kind });
    } else if (type.startsWith('google.cloud.storage')) {
        resource.type = (data && data.kind) || 'storage#object';
    } else if (type.startsWith('google.firebase.auth')) {
        resource.name = name;
        if (data && data.metadata)
            data = { ...data, metadata: renamed(data.metadata,
                { createTime: 'createdAt', lastSignInTime: 'lastSignedInAt' }) };
    } else if (type.startsWith('google.firebase.database')) {
        resource.name = resource.name.replace(/\/locations\/[^/]+/, '');
    }
    return { data, context: { eventId: event.id, timestamp: event.time,
        eventType: LEGACY_TYPES[type] || type, resource } };
}

class NoCloudEvent extends Error {}

// With CloudEvents' extension for traces, where the event has none of its own.
function traced(event) {
    const { TRACEPARENT, TRACESTATE } = process.env;
    if (!event.traceparent && TRACEPARENT) {
        event.traceparent = TRACEPARENT;
        if (TRACESTATE)
            event.tracestate = TRACESTATE;
    }
    return event;
}

// A structured event, an older one, or any other value, which becomes the data.
function fromValue(value, message) {
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
        const legacy = legacyParts(value);
        if (legacy)
            return traced(fromLegacy(legacy));
        if (value.specversion && value.type) {
            const { data_base64: encoded, ...event } = value;
            return traced(encoded === undefined ? event
                : { ...event, data: Buffer.from(encoded, 'base64') });
        }
    }
    if (!message)
        throw new NoCloudEvent('The request is no CloudEvent: neither ce- headers nor a specversion.');
    return traced({ specversion: '1.0', id: message.id, type: 'edgewright.invocation',
        source: `//edgewright/${message.trigger || 'manual'}`, time: new Date().toISOString(),
        datacontenttype: 'application/json', data: value });
}

function decoded(request) {
    if (!request.body.length)
        return undefined;
    if (request.isJson || request.mediaType === '')
        return JSON.parse(request.body.toString());
    return request.mediaType.startsWith('text/') ? request.body.toString() : request.body;
}

function fromRequest(request) {
    if (request.header('ce-type') || request.header('ce-specversion')) {
        const event = {};
        for (const [name, value] of Object.entries(request.headers))
            if (name.startsWith('ce-'))
                event[name.slice(3)] = value;
        const missing = ['id', 'type', 'source'].filter((name) => !event[name]);
        if (missing.length)
            throw new NoCloudEvent(`The request lacks ce-${missing.join(', ce-')}.`);
        if (request.header('content-type'))
            event.datacontenttype = request.header('content-type');
        event.data = decoded(request);
        return traced(event);
    }
    let value;
    try {
        value = JSON.parse(request.body.toString());
    } catch (error) {
        throw new NoCloudEvent(`The body is no CloudEvent: ${error.message}`);
    }
    return fromValue(value);
}

// The CloudEvent of an invocation's event, a request or a value.
function eventIn(value, message) {
    const request = requestIn(value);
    return request ? fromRequest(request) : fromValue(value, message);
}

module.exports = { NoCloudEvent, eventIn, fromRequest, toLegacy };
