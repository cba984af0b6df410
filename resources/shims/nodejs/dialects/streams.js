'use strict';
// An answer that goes out as it is made, and a request's body that is read as it comes.

const { Readable, Writable } = require('stream');
const { response, textOrValue } = require('./common');

const PIECE = 1 << 20; // bytes of a frame

// The caller of an invocation who takes both.
class CallStream {
    // send(message, body) gives whether more may be sent at once; else drained(done) tells when.
    constructor(id, { send, drained }) {
        Object.assign(this, { id, send, drained, isGone: false, reader: null });
        this.onGone = () => {};
    }
    begin(status, headers) {
        this.send({ t: 'head', id: this.id }, JSON.stringify(response(status, headers, '')));
    }
    write(bytes, done) {
        let hasRoom = true;
        for (let at = 0; at < bytes.length && !this.isGone; at += PIECE)
            hasRoom = this.send({ t: 'part', id: this.id }, bytes.subarray(at, at + PIECE));
        if (hasRoom)
            process.nextTick(done);
        else
            this.drained(done);
    }
    // done(error, bytes); none at the end.
    read(done) {
        this.reader = done;
        this.send({ t: 'more', id: this.id });
    }
    onPart(message, bytes) {
        const done = this.reader;
        this.reader = null;
        if (done)
            done(message.failed === undefined ? null : new Error(message.failed), bytes);
    }
    leave() {
        this.isGone = true;
        this.onGone();
    }
}

// The body of a request.
class Input extends Readable {
    constructor(stream) {
        super();
        this.stream = stream;
    }
    _read() {
        this.stream.read((error, bytes) => {
            if (error)
                this.destroy(error);
            else
                this.push(bytes.length ? Buffer.from(bytes) : null);
        });
    }
}

// Bytes from wherever they come, sent as they come; what the invocation keeps of the answer.
async function sendAll(stream, status, headers, chunks) {
    stream.begin(status, headers);
    let sent = 0;
    for await (const chunk of chunks) {
        if (stream.isGone)
            break; // which ends what the chunks come from
        const bytes = Buffer.from(chunk);
        sent += bytes.length;
        await new Promise((done) => { stream.write(bytes, done); });
    }
    return { statusCode: Number(status), bytes: sent };
}

// What awslambda.streamifyResponse() gives a function to write to.
class ResponseStream extends Writable {
    constructor(stream) {
        super();
        Object.assign(this, { stream, prelude: null, type: null, sent: null, chunks: [] });
        if (stream)
            stream.onGone = () => this.destroy();
    }
    setContentType(type) { this.type = type; }
    head() {
        const { statusCode = 200, headers = {}, cookies = [] } = this.prelude || {};
        const own = this.prelude ? {} : { 'content-type': this.type || 'application/octet-stream' };
        return [statusCode, [...Object.entries({ ...own, ...headers }),
            ...cookies.map((cookie) => ['set-cookie', cookie])]];
    }
    _write(chunk, encoding, done) {
        const bytes = Buffer.from(chunk);
        if (!this.stream) {
            this.chunks.push(bytes);
            return done();
        }
        if (this.sent === null) {
            this.sent = 0;
            this.stream.begin(...this.head());
        }
        this.sent += bytes.length;
        return this.stream.write(bytes, done);
    }
    result() {
        const [status, headers] = this.head();
        if (this.sent !== null)
            return { statusCode: Number(status), bytes: this.sent };
        const whole = Buffer.concat(this.chunks);
        return this.prelude || this.stream ? response(status, headers, whole) : textOrValue(whole);
    }
}

module.exports = { CallStream, Input, ResponseStream, sendAll };
