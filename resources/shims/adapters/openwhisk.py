"""Makes a function of another dialect an OpenWhisk action: main(params) calls its handler.

The function's own files lie in function/ beside this file. What it is called with and what it
returns travels wrapped where OpenWhisk takes only dictionaries.
"""
import base64
import importlib
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "function")
EVENT = "edgewright-event"
VALUE = "edgewright-value"

with open(os.path.join(HERE, "edgewright-adapter.json"), encoding="utf-8") as file:
    SETTINGS = json.load(file)


def load():
    os.environ.update(SETTINGS["environment"])
    os.chdir(FOLDER)
    sys.path.insert(0, FOLDER)
    module_name, _, name = SETTINGS["handler"].rpartition(".")
    return getattr(importlib.import_module(module_name.replace("/", ".")), name)


HANDLER = load()


class Context:
    """What AWS Lambda's Python runtime passes as the second argument."""

    def __init__(self):
        self.function_name = SETTINGS["name"]
        self.function_version = os.environ.get("__OW_ACTION_VERSION", "1")
        self.invoked_function_arn = "arn:aws:lambda:local:000000000000:function:" + SETTINGS["name"]
        self.memory_limit_in_mb = str(SETTINGS["memory_mb"])
        self.aws_request_id = os.environ.get("__OW_ACTIVATION_ID", "")
        self.log_group_name = "/edgewright/" + SETTINGS["name"]
        self.log_stream_name = SETTINGS["bundle"]
        self.identity = None
        self.client_context = None
        self._deadline = time.monotonic() + SETTINGS["timeout_ms"] / 1000

    def get_remaining_time_in_millis(self):
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def gateway_event(params):
    """The HTTP request of a web action in the form of API Gateway's payload, version 2.0."""
    headers = params.pop("__ow_headers", {})
    method = params.pop("__ow_method").upper()
    path = params.pop("__ow_path", "") or "/"
    query = params.pop("__ow_query", "")
    body = params.pop("__ow_body", None)
    params.pop("__ow_user", None)
    event = {
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
        "headers": headers,
        "requestContext": {"http": {"method": method, "path": path, "protocol": "HTTP/1.1",
                                    "sourceIp": headers.get("x-forwarded-for", ""),
                                    "userAgent": headers.get("user-agent", "")},
                           "stage": "$default", "requestId": "", "timeEpoch": int(time.time() * 1000)},
        "isBase64Encoded": False,
    }
    if params:
        event["queryStringParameters"] = {key: str(value) for key, value in params.items()}
    if body:
        text = "json" in headers.get("content-type", "json") or \
            headers.get("content-type", "").startswith("text/")
        event["body"] = base64.b64decode(body).decode() if text and not query_is_raw(body) else body
        event["isBase64Encoded"] = not text
    return event


def query_is_raw(body):
    """Whether the platform passed the body as it came; a JSON body is never base64."""
    return body.lstrip()[:1] in ("{", "[", '"')


def event_of(params):
    if EVENT in params:
        return params[EVENT]
    params = {key: value for key, value in params.items()}
    if "__ow_method" in params:
        return gateway_event(params)
    return params


def main(params):
    if SETTINGS["dialect"] == "openwhisk":
        return HANDLER(params)
    value = HANDLER(event_of(params), Context())
    if hasattr(value, "__await__"):
        import asyncio

        async def complete():
            return await value
        value = asyncio.run(complete())
    if isinstance(value, dict) and "error" not in value:
        return value
    return {VALUE: value}
