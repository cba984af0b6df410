"""Calls a WSGI application (PEP 3333) and an ASGI one with one request."""
import io
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
        "CONTENT_LENGTH": str(len(request.body)), "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.header("x-forwarded-proto", "http"),
        "wsgi.input": io.BytesIO(request.body), "wsgi.errors": sys.stderr,
        "wsgi.multithread": False, "wsgi.multiprocess": True, "wsgi.run_once": False,
    }
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


def serve_asgi(application, request):
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
    said = {"status": 200, "headers": []}
    chunks = []
    incoming = [{"type": "http.request", "body": request.body, "more_body": False}]

    async def receive():
        return incoming.pop() if incoming else {"type": "http.disconnect"}

    async def send(message):
        if message["type"] == "http.response.start":
            said.update(status=message["status"], headers=message.get("headers", ()))
        elif message["type"] == "http.response.body":
            chunks.append(message.get("body", b""))
    asyncio.run(application(scope, receive, send))
    headers = [(name.decode(), value.decode("latin-1")) for name, value in said["headers"]]
    return response(said["status"], headers, b"".join(chunks))
