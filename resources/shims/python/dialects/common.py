"""What several dialects share: the request as the runtime sends it, and answers to it."""
import base64
import importlib.machinery
import inspect
import io
import json
import os
import sys
import time
import types


def resolved(value):
    """The value of a coroutine; any other value as it is."""
    if hasattr(value, "__await__"):
        import asyncio

        async def complete():
            return await value
        return asyncio.run(complete())
    return value


def positional(function):
    """The parameters that a call may fill by place; None where that cannot be told."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None
    return [p for p in parameters
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL)]


class Deadline:
    def __init__(self, message):
        self.at = time.monotonic() + message["timeout_ms"] / 1000

    def left_ms(self):
        return max(0, int((self.at - time.monotonic()) * 1000))


def xray_header(message):
    """The trace of an invocation as AWS writes it."""
    trace = message["traceparent"]
    return f"Root=1-{trace[3:11]}-{trace[11:35]};Parent={trace[36:52]};Sampled={trace[-1]}"


def trace_headers():
    """Of the invocation that runs; a request that is played again tells of an older one."""
    return [(name.lower(), os.environ[name]) for name in ("TRACEPARENT", "TRACESTATE")
            if name in os.environ]


class Request:
    """The canonical request of docs/dialects.md."""

    def __init__(self, value, stream=None):
        self.method = value["method"]
        self.path = value["path"]
        self.query = value.get("query", "")
        self.headers = [(name, text) for name, text in value.get("headers", ())
                        if name not in ("traceparent", "tracestate")] + trace_headers()
        body = value.get("body") or ""
        self._body = base64.b64decode(body) if value.get("isBase64Encoded") else body.encode()
        self.input = None  # a body that is read as it comes
        if stream and value.get("bodyStreams"):
            self.input = stream.open()
            self._body = None
        self.parameters = value.get("parameters") or {}
        self.remote = value.get("remoteAddress", "")
        self.protocol = value.get("protocol", "HTTP/1.1")

    @property
    def body(self):
        if self._body is None:
            self._body = self.input.read()
        return self._body

    def file(self):
        """The body, to be read; one that streams only once."""
        return self.input if self._body is None else io.BytesIO(self._body)

    def header(self, name, otherwise=""):
        for each, text in self.headers:
            if each == name:
                return text
        return otherwise

    @property
    def media_type(self):
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def host(self):
        return self.header("host", "localhost")

    @property
    def target(self):
        return self.path + ("?" + self.query if self.query else "")

    @property
    def url(self):
        return self.header("x-forwarded-proto", "http") + "://" + self.host + self.target

    def text(self):
        return self.body.decode("utf-8", "replace")


def request_in(value):
    """The request that an event is; None when it is none."""
    if isinstance(value, dict) and value.get("edgewright") == "request":
        return Request(value)
    return None


def response(status, headers, body):
    """The canonical response. headers: pairs; body: bytes or text."""
    fields = {}
    for name, text in headers:
        name, text = str(name).lower(), str(text)
        if name in fields:
            before = fields[name]
            fields[name] = (before if isinstance(before, list) else [before]) + [text]
        else:
            fields[name] = text
    encoded = False
    if not isinstance(body, str):
        try:
            body = bytes(body).decode("utf-8")
        except UnicodeDecodeError:
            body, encoded = base64.b64encode(bytes(body)).decode(), True
    return {"statusCode": int(status), "headers": fields, "body": body,
            "isBase64Encoded": encoded}


def pairs_of(headers):
    """Any form of headers as pairs."""
    if headers is None:
        return []
    if hasattr(headers, "items"):
        headers = headers.items()
    pairs = []
    for name, value in headers:
        for each in value if isinstance(value, (list, tuple)) else (value,):
            pairs.append((name, each))
    return pairs


def has(headers, name):
    return any(str(each).lower() == name for each, _ in headers)


def web_response(value, text_type="text/html; charset=utf-8", stream=None):
    """What Flask takes as an answer: text, bytes, a dictionary or a list, an iterator of text or
    bytes, a response, or a tuple of one of these with a status, headers or both."""
    status, headers = None, []
    if isinstance(value, tuple):
        rest = value[1:]
        value = value[0]
        for each in rest:
            if isinstance(each, (int, str)):
                status = int(str(each).split()[0])
            else:
                headers = pairs_of(each)
    if hasattr(value, "status_code") and hasattr(value, "headers"):
        body = value.get_data() if hasattr(value, "get_data") else \
            value.get_body() if hasattr(value, "get_body") else getattr(value, "body", b"")
        return response(status or value.status_code, pairs_of(value.headers) + headers, body)
    if value is None:
        raise TypeError("The function returned None, and a response was expected: text, bytes, "
                        "a dictionary, a list, or a tuple of these and a status.")
    chunks = value if hasattr(value, "__next__") else None
    if chunks or isinstance(value, (str, bytes, bytearray)):
        kind = text_type
    else:
        value, kind = json.dumps(value, ensure_ascii=False), "application/json"
    if not has(headers, "content-type"):
        headers.insert(0, ("content-type", kind))
    if chunks and stream:
        return stream.send(status or 200, headers, chunks)
    if chunks:
        value = b"".join(each.encode() if isinstance(each, str) else bytes(each)
                         for each in chunks)
    return response(status or 200, headers, value)


def text_or_value(value):
    """Bytes of an answer as text where they are text, else as a response that says base64."""
    if not isinstance(value, (bytes, bytearray, memoryview)):
        return value
    try:
        return bytes(value).decode("utf-8")
    except UnicodeDecodeError:
        return response(200, [("content-type", "application/octet-stream")], value)


class StandIn:
    """Finds modules of a platform that are not installed here. The last finder of all: an installed
    one comes before it."""

    def __init__(self, modules):
        self.modules = modules  # by full name: a dictionary of what it holds

    def find_spec(self, name, path=None, target=None):
        if name not in self.modules:
            return None
        return importlib.machinery.ModuleSpec(
            name, self, is_package=any(each.startswith(name + ".") for each in self.modules))

    def create_module(self, spec):
        return types.ModuleType(spec.name)

    def exec_module(self, module):
        module.__dict__.update(self.modules[module.__name__])


def stand_in(modules):
    sys.meta_path.append(StandIn(modules))
