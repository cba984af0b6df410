"""What functions use of the package azure.functions, for where it is not installed."""
import json
from datetime import datetime, timezone


class HttpRequest:
    def __init__(self, method, url, *, headers=None, params=None, route_params=None, body=b""):
        self.method = method
        self.url = url
        self.headers = Headers(headers or {})
        self.params = dict(params or {})
        self.route_params = dict(route_params or {})
        self._body = body.encode() if isinstance(body, str) else bytes(body or b"")

    @property
    def form(self):
        from urllib.parse import parse_qsl
        return dict(parse_qsl(self._body.decode("utf-8", "replace"), keep_blank_values=True))

    def get_body(self):
        return self._body

    def get_json(self):
        return json.loads(self._body)


class Headers(dict):
    """Without regard to case."""

    def __init__(self, values=()):
        super().__init__({name.lower(): value for name, value in dict(values or {}).items()})

    def __getitem__(self, name):
        return super().__getitem__(name.lower())

    def __setitem__(self, name, value):
        super().__setitem__(name.lower(), value)

    def __contains__(self, name):
        return super().__contains__(name.lower())

    def get(self, name, otherwise=None):
        return super().get(name.lower(), otherwise)


class HttpResponse:
    def __init__(self, body=None, *, status_code=None, headers=None, mimetype=None, charset=None):
        self.status_code = 200 if status_code is None else int(status_code)
        self.headers = Headers(headers)
        self.mimetype = mimetype or "text/plain"
        self.charset = charset or "utf-8"
        if body is not None and not isinstance(body, (str, bytes, bytearray)):
            raise TypeError(f"response is expected to be either of str, bytes, or bytearray, "
                            f"got {type(body).__name__}")
        self._body = body.encode(self.charset) if isinstance(body, str) else bytes(body or b"")

    def get_body(self):
        return self._body


class Out:
    """An output binding: what is set is told with the result."""

    def __init__(self):
        self._value = None

    def set(self, value):
        self._value = value

    def get(self):
        return self._value

    def __class_getitem__(cls, item):
        return OutOf(cls, item)


class OutOf:
    def __init__(self, origin, item):
        self.origin, self.item = origin, item

    def __repr__(self):
        return f"azure.functions.Out[{self.item!r}]"


class TimerRequest:
    def __init__(self, *, past_due=False):
        self.past_due = past_due
        self.schedule_status = {}
        self.schedule = {}


class Message:
    """A message of any queue. An event that is no object is its body."""

    def __init__(self, fields, body):
        self._fields = fields
        self._body = body
        self.id = self.message_id = fields.get("id") or fields.get("MessageId")
        self.dequeue_count = fields.get("DequeueCount", 1)
        self.delivery_count = fields.get("DeliveryCount", 1)
        self.insertion_time = self.enqueued_time = self.enqueued_time_utc = \
            datetime.now(timezone.utc)
        self.pop_receipt = fields.get("PopReceipt")
        self.correlation_id = fields.get("CorrelationId")
        self.content_type = fields.get("ContentType")
        self.user_properties = self.application_properties = fields.get("UserProperties", {})
        self.metadata = fields.get("metadata", {})
        self.partition_key = fields.get("PartitionKey")
        self.sequence_number = fields.get("SequenceNumber")
        self.offset = fields.get("Offset")

    @classmethod
    def from_event(cls, value):
        fields = value if isinstance(value, dict) else {}
        body = fields.get("body", value)
        return cls(fields, body.encode() if isinstance(body, str) else json.dumps(body).encode())

    def get_body(self):
        return self._body

    def get_json(self):
        return json.loads(self._body)


class QueueMessage(Message):
    pass


class ServiceBusMessage(Message):
    pass


class EventHubEvent(Message):
    pass


class KafkaEvent(Message):
    pass


class InputStream:
    """A blob: its bytes and what it is called."""

    def __init__(self, fields, data):
        self.name = fields.get("name", "")
        self.uri = fields.get("uri", "")
        self.blob_properties = fields.get("properties", {})
        self.metadata = fields.get("metadata", {})
        self.length = len(data)
        self._data, self._at = data, 0

    @classmethod
    def from_event(cls, value):
        fields = value if isinstance(value, dict) else {}
        data = fields.get("data", "" if fields else value)
        return cls(fields, data.encode() if isinstance(data, str) else json.dumps(data).encode())

    def readable(self):
        return True

    def read(self, size=-1):
        end = len(self._data) if size is None or size < 0 else self._at + size
        part = self._data[self._at:end]
        self._at += len(part)
        return part


class EventGridEvent:
    def __init__(self, *, id, data, topic="", subject="", event_type="", event_time=None,
                 data_version="1.0"):
        self.id, self.topic, self.subject = id, topic, subject
        self.event_type, self.event_time, self.data_version = event_type, event_time, data_version
        self._data = data

    @classmethod
    def from_event(cls, value):
        fields = value if isinstance(value, dict) else {}
        return cls(id=fields.get("id", ""), data=fields.get("data", value),
                   topic=fields.get("topic", fields.get("source", "")),
                   subject=fields.get("subject", ""),
                   event_type=fields.get("eventType", fields.get("type", "")),
                   event_time=fields.get("eventTime", fields.get("time")),
                   data_version=fields.get("dataVersion", "1.0"))

    def get_json(self):
        return self._data


class Document(dict):
    @classmethod
    def from_dict(cls, value):
        return cls(value)

    @classmethod
    def from_json(cls, text):
        return cls(json.loads(text))

    def to_json(self):
        return json.dumps(self)


class DocumentList(list):
    @classmethod
    def from_event(cls, value):
        return cls(Document(each) for each in (value if isinstance(value, list) else [value]))


class AuthLevel:
    ANONYMOUS, FUNCTION, ADMIN = "anonymous", "function", "admin"


class HttpMethod:
    GET, POST, PUT, DELETE, PATCH, HEAD, OPTIONS = \
        "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"


class Context:
    """Only for annotations; the real one is made for each invocation."""


class FunctionApp:
    """Its decorators leave the function as it is: the triggers are in the application file."""

    def __init__(self, http_auth_level=AuthLevel.FUNCTION, auth_level=None):
        self.auth_level = auth_level or http_auth_level

    def register_functions(self, blueprint):
        pass

    register_blueprint = register_functions

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *positional, **named: lambda function: function


class Blueprint(FunctionApp):
    pass


MODULE = {each.__name__: each for each in (
    HttpRequest, HttpResponse, Out, TimerRequest, QueueMessage, ServiceBusMessage, EventHubEvent,
    KafkaEvent, InputStream, EventGridEvent, Document, DocumentList, AuthLevel, HttpMethod, Context,
    FunctionApp, Blueprint)}
