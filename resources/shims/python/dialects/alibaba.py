"""Alibaba Function Compute: handler(event, context) with the event as bytes, or a WSGI application
handler(environ, start_response)."""
import json
import logging
import os

from . import wsgi
from .common import Deadline, Request, positional, resolved, text_or_value


class Bag:
    def __init__(self, **fields):
        self.__dict__.update(fields)

    def to_dict(self):
        return {name: each.to_dict() if isinstance(each, Bag) else each
                for name, each in self.__dict__.items() if not name.startswith("_")}


class Context(Bag):
    def __init__(self, load, message):
        environment = os.environ.get
        super().__init__(
            request_id=message["id"], requestId=message["id"],
            credentials=Bag(access_key_id=environment("ALIBABA_CLOUD_ACCESS_KEY_ID", ""),
                            access_key_secret=environment("ALIBABA_CLOUD_ACCESS_KEY_SECRET", ""),
                            security_token=environment("ALIBABA_CLOUD_SECURITY_TOKEN", "")),
            function=Bag(name=load["name"], handler=load["handler"], memory=load["memory_mb"],
                         timeout=message["timeout_ms"] // 1000, initializer="",
                         initialization_timeout=0),
            service=Bag(name=load["application"], log_project="", log_store="",
                        qualifier=str(load["version"]), version_id=str(load["version"])),
            region=environment("FC_REGION", "local"),
            account_id=environment("FC_ACCOUNT_ID", ""), retry_count=0,
            tracing=Bag(span_context="", jaeger_endpoint="", span_baggages={}))
        self._deadline = Deadline(message)

    @property
    def logger(self):
        return logging.getLogger()

    def get_remaining_time_in_millis(self):
        return self._deadline.left_ms()

    def to_json(self):
        return json.dumps(self.to_dict())


def is_wsgi(handler, load):
    parameters = positional(handler)
    return load["form"] == "http" or \
        (parameters is not None and len(parameters) == 2 and
         parameters[1].name == "start_response")


def bind(handler, load):
    initialize = load["module"].__dict__.get("initialize") or \
        load["module"].__dict__.get("initializer")
    pending = [initialize] if callable(initialize) else []

    def begin(message):
        context = Context(load, message)
        while pending:
            resolved(pending.pop()(context))
        return context

    def call(message, event):
        context = begin(message)
        return text_or_value(resolved(handler(event, context)))

    def serve(message, event):
        request = Request(json.loads(event))
        extra = {"fc.context": begin(message), "fc.request_uri": request.target}
        return wsgi.serve(handler, request, extra)
    return serve if is_wsgi(handler, load) else call
