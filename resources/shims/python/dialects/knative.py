"""Knative Functions: main(context) of the parliament templates, and new() that makes an object with
an ASGI handle(scope, receive, send)."""
import inspect
import json

from . import cloudevent
from .common import Request, resolved, response, stand_in, web_response
from .flaskapp import FlaskCaller, flask_in_use
from .webrequest import RequestError, WebRequest
from .wsgi import serve_asgi


class Context:
    def __init__(self, request=None, cloud_event=None):
        self.request = request
        self.cloud_event = cloud_event


def event(function):
    return function


def before_load(load):
    stand_in({"parliament": {"Context": Context, "event": event},
              "cloudevents": {}, "cloudevents.http": {"CloudEvent": cloudevent.CloudEvent}})


def cloud_event_in(request):
    """The CloudEvent that a request carries; None for an ordinary request."""
    if request.media_type == "application/cloudevents+json" or request.header("ce-type"):
        return cloudevent.from_request(request)
    return None


def answer_of(value, stream):
    if isinstance(value, cloudevent.CloudEvent):
        data = value.data
        headers = [("ce-" + name, text) for name, text in value.get_attributes().items()
                   if name != "datacontenttype"]
        headers.append(("content-type", value.get("datacontenttype", "application/json")))
        return response(200, headers, data if isinstance(data, (str, bytes)) else json.dumps(data))
    return response(204, [], "") if value is None else web_response(value, stream=stream)


def bind_instance(handler, load):
    """new() is called once; start() and alive() are the platform's own affair."""
    instance = handler()
    if hasattr(instance, "start"):
        import os
        resolved(instance.start(dict(os.environ)))
    if not inspect.iscoroutinefunction(instance.handle):
        raise TypeError("handle(self, scope, receive, send) of what new() makes must be async")
    return lambda message, event: serve_asgi(
        instance.handle, Request(json.loads(event), message.get("stream")), message.get("stream"))


def bind(handler, load):
    if load["handler"].endswith(".new"):
        return bind_instance(handler, load)
    flask = flask_in_use()
    caller = FlaskCaller(flask, load["name"]) if flask else None

    def call(message, event):
        stream = message.get("stream")
        request = Request(json.loads(event), stream)
        try:
            received = cloud_event_in(request)
            if caller:
                return caller.call(lambda view: resolved(handler(Context(view, received))),
                                   request, stream)
            return answer_of(resolved(handler(Context(WebRequest(request), received))), stream)
        except RequestError as error:
            return response(error.status, [("content-type", "text/plain")], str(error))
        except cloudevent.NoCloudEvent as error:
            return response(400, [("content-type", "text/plain")], str(error))
    return call
