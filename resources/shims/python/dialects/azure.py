"""Azure Functions: main(req: func.HttpRequest) and functions of other triggers, of both programming
models, with azure.functions installed or without."""
import inspect
import json
import os
from urllib.parse import parse_qsl

from . import azurefunctions
from .common import Deadline, Request, pairs_of, request_in, resolved, response, stand_in, \
    text_or_value


def before_load(load):
    stand_in({"azure": {}, "azure.functions": azurefunctions.MODULE})


class TraceContext:
    def __init__(self, message):
        self.Traceparent = self.trace_parent = message["traceparent"]
        self.Tracestate = self.trace_state = message.get("tracestate", "")
        self.attributes = {}


class Context:
    def __init__(self, load, message, request):
        self.invocation_id = message["id"]
        self.function_name = load["name"]
        self.function_directory = load["root"]
        self.trace_context = TraceContext(message)
        self.retry_context = None
        self.thread_local_storage = None
        self._deadline = Deadline(message)

    def get_remaining_time_in_millis(self):
        return self._deadline.left_ms()


def request_for(request, module):
    headers = {}
    for name, value in request.headers:
        headers[name] = headers[name] + "," + value if name in headers else value
    return module.HttpRequest(method=request.method, url=request.url, headers=headers,
                              params=dict(parse_qsl(request.query, keep_blank_values=True)),
                              route_params=dict(request.parameters), body=request.body)


def http_answer(value):
    if hasattr(value, "get_body"):
        headers = pairs_of(value.headers)
        mime = getattr(value, "mimetype", None) or "text/plain"
        charset = getattr(value, "charset", None) or "utf-8"
        if not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("content-type", f"{mime}; charset={charset}"
                            if mime.startswith("text/") else mime))
        return response(value.status_code, headers, value.get_body() or b"")
    if value is None:
        return response(204, [], "")
    if not isinstance(value, (str, bytes)):
        return response(200, [("content-type", "application/json")],
                        json.dumps(value, ensure_ascii=False))
    return response(200, [("content-type", "text/plain; charset=utf-8")], value)


def user_function(handler):
    """The function behind what the package's decorators made of it."""
    made = getattr(handler, "_function", None)
    return made.get_user_function() if hasattr(made, "get_user_function") else handler


def trigger_value(annotation, value, module):
    """An event as the type that the parameter says."""
    kind = getattr(annotation, "__name__", str(annotation)).rpartition(".")[2].strip("'\"")
    if kind == "TimerRequest":
        past_due = isinstance(value, dict) and bool(value.get("IsPastDue") or value.get("past_due"))
        return azurefunctions.TimerRequest(past_due=past_due)
    made = azurefunctions.MODULE.get(kind)
    if made is not None and hasattr(made, "from_event"):
        return made.from_event(value)
    if annotation in (str, "str"):
        return value if isinstance(value, str) else json.dumps(value)
    if annotation in (bytes, "bytes"):
        return (value if isinstance(value, str) else json.dumps(value)).encode()
    return value


def json_of(value):
    """What an output binding was given, as JSON can hold it."""
    if isinstance(value, (bytes, bytearray)):
        return text_or_value(value)
    if hasattr(value, "to_json"):
        return json.loads(value.to_json())
    if hasattr(value, "get_body"):
        return text_or_value(value.get_body())
    if isinstance(value, (list, tuple)):
        return [json_of(each) for each in value]
    return value


class Arguments:
    """Fills a function's parameters by name, as the worker of the platform does."""

    def __init__(self, function):
        self.names = list(inspect.signature(function).parameters)
        self.annotations = getattr(function, "__annotations__", {})
        others = [name for name in self.names if name != "context" and not self.is_out(name)]
        self.trigger = next((name for name in others if self.type_of(name) != ""), None) or \
            (others[0] if others else None)

    def type_of(self, name):
        annotation = self.annotations.get(name, "")
        return annotation if isinstance(annotation, str) else \
            getattr(annotation, "__name__", str(annotation))

    def is_out(self, name):
        text = str(self.annotations.get(name, ""))
        return "Out[" in text or text.endswith("Out'>") or text.endswith(".Out")

    def fill(self, value, context):
        outputs = {name: azurefunctions.Out() for name in self.names if self.is_out(name)}
        arguments = dict(outputs)
        if "context" in self.names:
            arguments["context"] = context
        if self.trigger:
            arguments[self.trigger] = value
        return arguments, outputs


def bind(handler, load):
    function = user_function(handler)
    arguments = Arguments(function)
    import azure.functions as module
    os.environ.setdefault("FUNCTIONS_WORKER_RUNTIME", "python")

    def serve(message, event):
        request = Request(json.loads(event))
        given, _ = arguments.fill(request_for(request, module), Context(load, message, request))
        return http_answer(resolved(function(**given)))

    def call(message, event):
        value = json.loads(event)
        request = request_in(value)
        if request is not None:  # as an administrator calls a function of another trigger
            value = json.loads(request.body) if request.body else None
            value = value.get("input", value) if isinstance(value, dict) else value
        annotation = arguments.annotations.get(arguments.trigger, "")
        given, outputs = arguments.fill(trigger_value(annotation, value, module),
                                        Context(load, message, request))
        answer = json_of(resolved(function(**given)))
        said = {name: json_of(out.get()) for name, out in outputs.items() if out.get() is not None}
        if not said:
            return answer
        return said if answer is None else dict(said, **{"$return": answer})
    return serve if load["form"] == "http" else call
