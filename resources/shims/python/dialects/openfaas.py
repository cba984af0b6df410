"""OpenFaaS: the classic handle(req), text in and text out, and of-watchdog's handle(event, context)
with a request in and a response out."""
import json
import os
import socket

from .common import Request, pairs_of, positional, request_in, resolved, response, text_or_value, \
    web_response
from .webrequest import Headers, MultiDict, WebRequest


class Event:
    def __init__(self, request):
        view = WebRequest(request)
        self.body = request.body
        self.headers = view.headers
        self.method = request.method
        self.query = view.args
        self.path = request.path


class PlainEvent:
    """Of an invocation that is no request."""

    def __init__(self, event):
        self.body = event
        self.headers = Headers([("content-type", "application/json")])
        self.method = "POST"
        self.query = MultiDict()
        self.path = "/"


class Context:
    def __init__(self, load, message):
        self.hostname = os.environ.get("HOSTNAME") or socket.gethostname()
        self.function_name = load["name"]
        self.request_id = message["id"]


def set_environment(request):
    """Http_Method and the like, as the classic watchdog sets them."""
    for name in [name for name in os.environ if name.startswith("Http_")]:
        del os.environ[name]
    if request is None:
        return
    os.environ.update(Http_Method=request.method, Http_Path=request.path,
                      Http_Query=request.query, Http_Host=request.host,
                      Http_Content_Length=str(len(request.body)),
                      Http_ContentLength=str(len(request.body)))
    for name, value in request.headers:
        os.environ["Http_" + name.title().replace("-", "_")] = value


def text_in(value, event):
    request = request_in(value)
    if request is not None:
        return request.text()
    return value if isinstance(value, str) else event.decode()


def answer_of(value):
    """What of-watchdog's templates make of a handler's value."""
    if isinstance(value, dict) and ("statusCode" in value or "body" in value):
        headers = pairs_of(value.get("headers"))
        kind = [("content-type", text) for name, text in headers if name.lower() == "content-type"]
        rest = [pair for pair in headers if pair[0].lower() != "content-type"]
        body = value.get("body")
        body = "" if body is None else body
        if kind and not isinstance(body, (str, bytes, bytearray)):
            body = json.dumps(body, ensure_ascii=False)
        return web_response((body, value.get("statusCode", 200), kind + rest))
    return response(200, [], "") if value is None else web_response(value)


def bind(handler, load):
    parameters = positional(handler)
    is_classic = parameters is not None and len(parameters) < 2

    def classic(message, event):
        value = json.loads(event)
        set_environment(request_in(value))
        return text_or_value(resolved(handler(text_in(value, event)) if parameters else handler()))

    def watchdog(message, event):
        value = json.loads(event)
        request = request_in(value)
        incoming = Event(request) if request else PlainEvent(event)
        answer = resolved(handler(incoming, Context(load, message)))
        return answer_of(answer)

    def classic_request(message, event):
        set_environment(Request(json.loads(event)))
        answer = resolved(handler(Request(json.loads(event)).text()))
        return answer_of(answer)
    if is_classic:
        return classic_request if load["form"] == "http" else classic
    return watchdog
