"""Calls a WSGI application (PEP 3333) and an ASGI one with one request."""
import sys
from urllib.parse import unquote_to_bytes

from .common import response


def environ_of(request, extra=None):
    name, _, port = request.host.partition(":")
    environ = {
        "REQUEST_METHOD": request.method, "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "RAW_URI": request.target, "REQUEST_URI": request.target,
        "QUERY_STRING": request.query, "SERVER_NAME": name, "SERVER_PORT": port or "80",
        "SERVER_PROTOCOL": request.protocol, "REMOTE_ADDR": request.remote,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.header("x-forwarded-proto", "http"),
        "wsgi.input": request.file(), "wsgi.errors": sys.stderr,
        "wsgi.multithread": False, "wsgi.multiprocess": True, "wsgi.run_once": False,
    }
    if request.input is None:
        environ["CONTENT_LENGTH"] = str(len(request.body))
    else:
        environ["wsgi.input_terminated"] = True
        if request.header("content-length"):
            environ["CONTENT_LENGTH"] = request.header("content-length")
    for header, value in request.headers:
        if header == "content-length":
            continue
        key = "CONTENT_TYPE" if header == "content-type" else \
            "HTTP_" + header.upper().replace("-", "_")
        environ[key] = environ[key] + "," + value if key in environ else value
    environ.update(extra or {})
    return environ


def serve(application, request, extra=None):
    said = []
    written = []

    def start_response(status, headers, exc_info=None):
        said[:] = [int(str(status).split()[0]), list(headers)]
        return written.append
    chunks = application(environ_of(request, extra), start_response)
    try:
        body = b"".join(written) + b"".join(
            chunk.encode() if isinstance(chunk, str) else chunk for chunk in chunks or ())
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    if not said:
        raise RuntimeError("The application did not call start_response.")
    return response(said[0], said[1], body)


class AsgiExchange:
    """receive() and send() of one request."""

    def __init__(self, request, stream):
        import asyncio
        self.request, self.stream = request, stream
        self.over = asyncio.Event()  # answered whole, or nobody is there any more
        self.is_read = False
        self.status, self.headers = 200, []
        self.chunks = []
        self.sent = None  # bytes of an answer that streams

    def pairs(self):
        return [(name.decode(), value.decode("latin-1")) for name, value in self.headers]

    async def receive(self):
        if not self.is_read:
            source = self.request.input
            body = self.request.body if source is None else source.read1()
            self.is_read = source is None or not body
            return {"type": "http.request", "body": body, "more_body": not self.is_read}
        if self.stream and not self.look():
            import asyncio
            loop, descriptor = asyncio.get_running_loop(), self.stream.channel.socket.fileno()
            loop.add_reader(descriptor, self.look)
            try:
                await self.over.wait()
            finally:
                loop.remove_reader(descriptor)
        await self.over.wait()
        return {"type": "http.disconnect"}

    def look(self):
        if self.stream.gone():
            self.over.set()
        return self.over.is_set()

    async def send(self, message):
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], message.get("headers", ())
        elif message["type"] == "http.response.body":
            self.add(message.get("body", b""), message.get("more_body", False))

    def add(self, data, has_more):
        if self.sent is None and has_more and self.stream:
            self.sent = 0
            self.stream.begin(self.status, self.pairs())
        if self.sent is None:
            self.chunks.append(data)
        else:
            self.sent += len(data)
            if not self.look():
                self.stream.write(data)
        if not has_more:
            self.over.set()

    def result(self):
        if self.sent is not None:
            return {"statusCode": self.status, "bytes": self.sent}
        return response(self.status, self.pairs(), b"".join(self.chunks))


def serve_asgi(application, request, stream=None):
    import asyncio
    host, _, port = request.host.partition(":")
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": request.protocol.partition("/")[2] or "1.1", "method": request.method,
        "scheme": request.header("x-forwarded-proto", "http"),
        "path": unquote_to_bytes(request.path).decode("utf-8", "replace"),
        "raw_path": request.path.encode(), "query_string": request.query.encode(),
        "root_path": "", "headers": [(name.encode(), value.encode("latin-1", "replace"))
                                     for name, value in request.headers],
        "client": (request.remote, 0), "server": (host, int(port or 80)),
    }

    async def run():
        exchange = AsgiExchange(request, stream)
        await application(scope, exchange.receive, exchange.send)
        return exchange.result()
    return asyncio.run(run())
