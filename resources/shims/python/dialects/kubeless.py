"""Kubeless: handler(event, context), what was sent in event['data']."""
import json
import os
from datetime import datetime, timezone

from .common import request_in, resolved, text_or_value
from .webrequest import WebRequest


def data_of(request):
    if request.media_type == "application/json" or request.media_type.endswith("+json"):
        return json.loads(request.body) if request.body else None
    return request.text()


def event_of(message, value):
    request = request_in(value)
    if request is None and isinstance(value, dict) and "data" in value and \
            not {"event-id", "event-type", "extensions"}.isdisjoint(value):
        return value
    header = request.header if request else lambda name: ""
    return {
        "data": data_of(request) if request else value,
        "event-id": header("event-id") or message["id"],
        "event-type": header("event-type") or (request.media_type if request else
                                               "application/json"),
        "event-time": header("event-time") or datetime.now(timezone.utc).isoformat(),
        "event-namespace": header("event-namespace") or "edgewright",
        "extensions": {"request": WebRequest(request) if request else None},
    }


def bind(handler, load):
    def call(message, event):
        context = {"function-name": load["name"], "timeout": str(message["timeout_ms"] // 1000),
                   "runtime": os.environ.get("FUNC_RUNTIME", "python3"),
                   "memory-limit": str(load["memory_mb"]) + "Mi"}
        return text_or_value(resolved(handler(event_of(message, json.loads(event)), context)))
    return call
