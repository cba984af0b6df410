'use strict';
// "serve": an HTTP/2 server without TLS that answers as a gRPC method does, with trailers.
// "call ADDRESS HOST PATH...": a client that makes all the calls on one connection.
const http2 = require('http2');

function serve() {
    const server = http2.createServer();
    server.on('stream', (stream, headers) => {
        const parts = [];
        stream.on('data', (data) => parts.push(data));
        stream.on('end', () => {
            stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
            stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
            stream.end(`${headers[':path']} got ${Buffer.concat(parts).length}`);
        });
    });
    server.listen(process.env.PORT, '127.0.0.1');
}

function call(session, host, path) {
    return new Promise((resolve, reject) => {
        const stream = session.request({ ':authority': host, ':method': 'POST', ':path': path, 'content-type': 'application/grpc',
            traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' });
        let text = '';
        let status = '';
        stream.on('data', (data) => (text += data));
        stream.on('trailers', (trailers) => (status = trailers['grpc-status']));
        stream.on('error', reject);
        stream.on('end', () => resolve(`${text} ${status}`));
        stream.end(Buffer.alloc(100000));
    });
}

async function main([what, address, host, ...paths]) {
    if (what === 'serve')
        return serve();
    const session = http2.connect(address);
    session.on('goaway', (code) => console.log('refused', code));
    session.on('error', () => {});
    try {
        for (const line of await Promise.all(paths.map((path) => call(session, host || 'localhost', path))))
            console.log(line);
    } catch (error) {
        console.log('failed');
    }
    return session.close();
}
main(process.argv[2] ? process.argv.slice(2) : ['serve']);
