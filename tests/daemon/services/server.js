'use strict';
// A web server as people write them: tells what it was asked, streams, speaks WebSocket, crashes.
const crypto = require('crypto');
const http = require('http');

const server = http.createServer((request, response) => {
    const path = request.url.split('?')[0];
    if (path === '/events')
        return sendEvents(request, response);
    if (path === '/next')
        return release(response);
    if (path === '/early') { // answers before it has read the body
        response.writeHead(413);
        response.end('too much');
        return undefined;
    }
    if (path === '/slow')
        return setTimeout(() => response.end('late'), 60000);
    if (path === '/hog')
        return hog();
    if (path === '/die') {
        console.error('it is all over');
        process.exit(7);
    }
    if (path === '/half') {
        response.writeHead(200, { 'content-length': 100 });
        response.write('half');
        return setTimeout(() => response.socket.destroy(), 20);
    }
    if (path === '/empty') {
        response.writeHead(204);
        return response.end();
    }
    return tell(request, response);
});

const hogs = [];
function hog() {
    for (let i = 0; i < 400; ++i)
        hogs.push(Buffer.alloc(1 << 20, 1));
    return hogs.length;
}

function tell(request, response) {
    const sum = crypto.createHash('sha256');
    let size = 0;
    request.on('data', (data) => {
        size += data.length;
        sum.update(data);
    });
    request.on('end', () => {
        console.log('asked', request.method, request.url);
        response.setHeader('set-cookie', ['a=1', 'b=2']);
        response.setHeader('connection', 'close, x-private');
        response.setHeader('x-private', 'of this connection');
        response.end(JSON.stringify({
            method: request.method, url: request.url, headers: request.headers, size,
            sum: sum.digest('hex'), pid: process.pid,
        }));
    });
}

// One event at once; the next ones when /next is asked for on another connection.
const waiting = [];
function sendEvents(request, response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: first\n\n');
    waiting.push(response);
    request.on('close', () => console.log('reader left'));
}
function release(response) {
    for (const each of waiting.splice(0))
        each.end('data: last\n\n');
    response.end('released');
}

// Echoes the frames it gets, unmasked: one text frame of at most 125 bytes at a time.
server.on('upgrade', (request, socket, head) => {
    const key = crypto.createHash('sha1')
        .update(request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11')
        .digest('base64');
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Accept: ${key}\r\n\r\n`);
    const echo = (frame) => {
        const size = frame[1] & 127;
        const mask = frame.subarray(2, 6);
        const text = Buffer.from(frame.subarray(6, 6 + size).map((byte, i) => byte ^ mask[i % 4]));
        socket.write(Buffer.concat([Buffer.from([frame[0], size]), text]));
    };
    if (head.length)
        echo(head);
    socket.on('data', echo);
    socket.on('end', () => socket.end());
});

process.on('SIGTERM', () => {
    console.log('leaving');
    server.close(() => process.exit(0));
    server.closeIdleConnections();
});
server.listen(process.env.PORT, process.env.HOST, () => console.log('up'));
