"""AWS Lambda: handler(event, context)."""
import json
import os

from .common import Deadline, resolved, xray_header


class Identity:
    cognito_identity_id = None
    cognito_identity_pool_id = None


class Context:
    """What AWS Lambda's Python runtime passes as the second argument."""

    def __init__(self, load, message):
        self.function_name = load["name"]
        self.function_version = str(load["version"])
        self.invoked_function_arn = "arn:aws:lambda:local:000000000000:function:" + load["name"]
        self.memory_limit_in_mb = str(load["memory_mb"])
        self.aws_request_id = message["id"]
        self.log_group_name = "/edgewright/" + load["name"]
        self.log_stream_name = load["bundle"]
        self.identity = Identity()
        self.client_context = None
        self.traceparent = message["traceparent"]
        self._deadline = Deadline(message)

    def get_remaining_time_in_millis(self):
        return self._deadline.left_ms()

    def log(self, text):
        print(text, end="")


def bind(handler, load):
    def call(message, event):
        os.environ["_X_AMZN_TRACE_ID"] = xray_header(message)
        return resolved(handler(json.loads(event.decode()), Context(load, message)))
    return call
