"""Google Cloud Functions: def f(request) for HTTP, def f(cloud_event), and the older
def f(event, context)."""
import json

from . import cloudevent
from .common import Request, positional, request_in, resolved, response, stand_in, web_response
from .flaskapp import FlaskCaller, flask_in_use
from .webrequest import RequestError, WebRequest


def http(function):
    function._edgewright_form = "http"
    return function


def cloud_event(function):
    function._edgewright_form = "cloudevent"
    return function


def typed(kind):
    def decorate(function, wanted=None):
        function._edgewright_form = "typed"
        function._edgewright_type = wanted
        return function
    if isinstance(kind, type):
        return lambda function: decorate(function, kind)
    return decorate(kind)


def before_load(load):
    stand_in({
        "functions_framework": {"http": http, "cloud_event": cloud_event, "typed": typed},
        "cloudevents": {}, "cloudevents.http": {"CloudEvent": cloudevent.CloudEvent},
    })


class Context:
    """google.cloud.functions.context.Context of the older functions."""

    def __init__(self, values):
        self.event_id = values["eventId"]
        self.timestamp = values["timestamp"]
        self.event_type = values["eventType"]
        self.resource = values["resource"]

    def __str__(self):
        return (f"{{event_id: {self.event_id}, timestamp: {self.timestamp}, "
                f"event_type: {self.event_type}, resource: {self.resource}}}")


def bind_http(handler, load):
    flask = flask_in_use()
    if flask:
        caller = FlaskCaller(flask, load["name"])
        return lambda message, event: caller.call(
            lambda request: resolved(handler(request)),
            Request(json.loads(event), message.get("stream")), message.get("stream"))

    def call(message, event):
        try:
            stream = message.get("stream")
            request = WebRequest(Request(json.loads(event), stream))
            return web_response(resolved(handler(request)), stream=stream)
        except RequestError as error:
            return response(error.status, [("content-type", "text/plain")], str(error))
    return call


def bind_typed(handler, load):
    """A function of a value made by its type's from_dict()."""
    kind = handler._edgewright_type
    if kind is None:
        kind = next(iter(getattr(handler, "__annotations__", {}).values()), None)

    def call(message, event):
        value = json.loads(Request(json.loads(event)).body)
        answer = resolved(handler(kind.from_dict(value) if hasattr(kind, "from_dict") else value))
        return web_response(answer.to_dict() if hasattr(answer, "to_dict") else
                            "" if answer is None else answer)
    return call


def takes_context(handler):
    parameters = positional(handler)
    return parameters is not None and len(parameters) == 2


def event_class():
    """The class of the cloudevents package where the function has imported that."""
    try:
        from cloudevents.http import CloudEvent
    except ImportError:
        return cloudevent.CloudEvent
    return CloudEvent


def bind_event(handler, load):
    is_legacy = getattr(handler, "_edgewright_form", None) is None and takes_context(handler)
    kind = event_class()

    def run(event):
        if is_legacy:
            data, context = cloudevent.to_legacy(event)
            return resolved(handler(data, Context(context)))
        if kind is not cloudevent.CloudEvent:
            event = kind(event.get_attributes(), event.data)
        return resolved(handler(event))

    def call(message, event):
        value = json.loads(event)
        request = request_in(value)
        if request is None:
            return run(cloudevent.event_in(value, message))
        try:
            received = cloudevent.from_request(request)
        except cloudevent.NoCloudEvent as error:
            return response(400, [("content-type", "text/plain")], str(error))
        run(received)
        return response(200, [("content-type", "text/plain")], "OK")
    return call


def bind(handler, load):
    form = getattr(handler, "_edgewright_form", None) or load["form"]
    if form == "typed":
        return bind_typed(handler, load)
    return bind_http(handler, load) if form == "http" else bind_event(handler, load)
