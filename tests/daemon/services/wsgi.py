"""A WSGI application behind the standard library's own server, which speaks HTTP/1.0."""
import json
import os
from wsgiref.simple_server import make_server


def application(environ, start_response):
    size = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(size)
    start_response("200 OK", [("Content-Type", "application/json")])
    yield json.dumps({"path": environ["PATH_INFO"], "query": environ["QUERY_STRING"]}).encode()
    yield b"\n" + body


if __name__ == "__main__":
    make_server(os.environ["HOST"], int(os.environ["PORT"]), application).serve_forever()
