"""Apache OpenWhisk: main(params), also as a web action; newer ones take a context too."""
import json
import os
import time

from .common import Deadline, positional, resolved


class Context:
    def __init__(self, load, message):
        self.activation_id = message["id"]
        self.action_name = os.environ.get("__OW_ACTION_NAME", "/_/" + load["name"])
        self.action_version = os.environ.get("__OW_ACTION_VERSION", "0.0.1")
        self.namespace = os.environ.get("__OW_NAMESPACE", "_")
        self.deadline = str(int(time.time() * 1000) + message["timeout_ms"])
        self._deadline = Deadline(message)

    def get_remaining_time_in_millis(self):
        return self._deadline.left_ms()


def bind(handler, load):
    parameters = positional(handler)
    takes_context = parameters is not None and len(parameters) == 2 and \
        parameters[1].default is parameters[1].empty

    def call(message, event):
        os.environ["__OW_ACTIVATION_ID"] = message["id"]
        os.environ["__OW_DEADLINE"] = str(int(time.time() * 1000) + message["timeout_ms"])
        params = json.loads(event)
        if takes_context:
            return resolved(handler(params, Context(load, message)))
        return resolved(handler(params) if parameters != [] else handler())
    return call
