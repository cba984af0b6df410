"""CloudEvents: in binary, structured and the older Google shape, to one object and back."""
import base64
import json
import os
from datetime import datetime, timezone

from .common import request_in


class CloudEvent:
    """As cloudevents.http.CloudEvent: attributes by [], the data in .data."""

    def __init__(self, attributes, data=None):
        self._attributes = {name.lower(): value for name, value in dict(attributes).items()}
        self._attributes.setdefault("specversion", "1.0")
        if "time" not in self._attributes:
            self._attributes["time"] = datetime.now(timezone.utc).isoformat()
        if "id" not in self._attributes:
            import uuid
            self._attributes["id"] = str(uuid.uuid4())
        for name in ("source", "type"):
            if name not in self._attributes:
                raise ValueError(f"Missing required attribute: {name}")
        self.data = data

    def __getitem__(self, name):
        return self._attributes[name]

    def __setitem__(self, name, value):
        self._attributes[name] = value

    def __delitem__(self, name):
        del self._attributes[name]

    def __iter__(self):
        return iter(self._attributes)

    def __len__(self):
        return len(self._attributes)

    def __contains__(self, name):
        return name in self._attributes

    def __eq__(self, other):
        return isinstance(other, CloudEvent) and self._attributes == other._attributes and \
            self.data == other.data

    def __repr__(self):
        return str({"attributes": self._attributes, "data": self.data})

    def get(self, name, otherwise=None):
        return self._attributes.get(name, otherwise)

    def get_attributes(self):
        return dict(self._attributes)

    def get_data(self):
        return self.data


# Google's older event types and what they are called as CloudEvents.
TYPES = {
    "google.pubsub.topic.publish": "google.cloud.pubsub.topic.v1.messagePublished",
    "providers/cloud.pubsub/eventTypes/topic.publish":
        "google.cloud.pubsub.topic.v1.messagePublished",
    "google.storage.object.finalize": "google.cloud.storage.object.v1.finalized",
    "google.storage.object.delete": "google.cloud.storage.object.v1.deleted",
    "google.storage.object.archive": "google.cloud.storage.object.v1.archived",
    "google.storage.object.metadataUpdate": "google.cloud.storage.object.v1.metadataUpdated",
    "providers/cloud.firestore/eventTypes/document.write":
        "google.cloud.firestore.document.v1.written",
    "providers/cloud.firestore/eventTypes/document.create":
        "google.cloud.firestore.document.v1.created",
    "providers/cloud.firestore/eventTypes/document.update":
        "google.cloud.firestore.document.v1.updated",
    "providers/cloud.firestore/eventTypes/document.delete":
        "google.cloud.firestore.document.v1.deleted",
    "providers/firebase.auth/eventTypes/user.create": "google.firebase.auth.user.v1.created",
    "providers/firebase.auth/eventTypes/user.delete": "google.firebase.auth.user.v1.deleted",
    "providers/google.firebase.analytics/eventTypes/event.log":
        "google.firebase.analytics.log.v1.written",
    "providers/google.firebase.database/eventTypes/ref.create":
        "google.firebase.database.ref.v1.created",
    "providers/google.firebase.database/eventTypes/ref.write":
        "google.firebase.database.ref.v1.written",
    "providers/google.firebase.database/eventTypes/ref.update":
        "google.firebase.database.ref.v1.updated",
    "providers/google.firebase.database/eventTypes/ref.delete":
        "google.firebase.database.ref.v1.deleted",
}
SERVICES = {
    "google.cloud.pubsub": "pubsub.googleapis.com",
    "google.cloud.storage": "storage.googleapis.com",
    "google.cloud.firestore": "firestore.googleapis.com",
    "google.firebase.auth": "firebaseauth.googleapis.com",
    "google.firebase.analytics": "firebaseanalytics.googleapis.com",
    "google.firebase.database": "firebasedatabase.googleapis.com",
}
# Where a resource ends and the subject begins.
SUBJECTS = ("/objects/", "/documents/", "/refs/", "/events/")


def service_of(kind):
    for prefix, service in SERVICES.items():
        if kind.startswith(prefix):
            return service
    return "googleapis.com"


def legacy_parts(value):
    """context and data of a legacy event; None when it is none."""
    context = value.get("context")
    if not isinstance(context, dict):
        context = value
    if "eventType" not in context or "data" not in value or "specversion" in value:
        return None
    return {name: each for name, each in context.items() if name != "data"}, value["data"]


def from_legacy(context, data):
    resource = context.get("resource", "")
    service = None
    if isinstance(resource, dict):
        service, resource = resource.get("service"), resource.get("name", "")
    kind = TYPES.get(context["eventType"], context["eventType"])
    service = service or service_of(kind)
    attributes = {"specversion": "1.0", "id": str(context.get("eventId", "")), "type": kind,
                  "datacontenttype": "application/json",
                  "time": context.get("timestamp") or datetime.now(timezone.utc).isoformat()}
    for mark in SUBJECTS:
        before, found, after = resource.partition(mark)
        if found and not kind.startswith("google.cloud.pubsub"):
            resource, attributes["subject"] = before, mark[1:] + after.partition("#")[0]
            break
    if kind.startswith("google.cloud.pubsub"):
        data = {"message": dict(data, messageId=attributes["id"], publishTime=attributes["time"])}
    elif kind.startswith("google.firebase.auth"):
        uid = data.get("uid") if isinstance(data, dict) else None
        if uid:
            attributes["subject"] = "users/" + uid
        if isinstance(data, dict) and isinstance(data.get("metadata"), dict):
            old = data["metadata"]
            new = {{"createdAt": "createTime", "lastSignedInAt": "lastSignInTime"}.get(name, name):
                   each for name, each in old.items()}
            data = dict(data, metadata=new)
    elif kind.startswith("google.firebase.database") and "domain" in context:
        domain = context["domain"]
        location = "us-central1" if domain == "firebaseio.com" else domain.partition(".")[0]
        resource = resource.replace("projects/_/", f"projects/_/locations/{location}/", 1)
    attributes["source"] = f"//{service}/{resource}"
    return CloudEvent(attributes, data)


LEGACY_TYPES = {new: old for old, new in reversed(TYPES.items())}


def to_legacy(event):
    """(data, context) of a CloudEvent, for a function of (event, context)."""
    kind = event["type"]
    service, _, name = event["source"].lstrip("/").partition("/")
    subject = event.get("subject")
    data = event.data
    resource = {"service": service, "name": name + ("/" + subject if subject else ""),
                "type": kind}
    if kind.startswith("google.cloud.pubsub") and isinstance(data, dict) and "message" in data:
        data = {key: each for key, each in data["message"].items()
                if key not in ("messageId", "publishTime")}
        resource.update(name=name, type="type.googleapis.com/google.pubsub.v1.PubsubMessage")
        data.setdefault("@type", resource["type"])
    elif kind.startswith("google.cloud.storage"):
        resource["type"] = data.get("kind", "storage#object") if isinstance(data, dict) else ""
    elif kind.startswith("google.firebase.auth"):
        resource["name"] = name
        if isinstance(data, dict) and isinstance(data.get("metadata"), dict):
            data = dict(data, metadata={
                {"createTime": "createdAt", "lastSignInTime": "lastSignedInAt"}.get(key, key): each
                for key, each in data["metadata"].items()})
    elif kind.startswith("google.firebase.database"):
        head, _, rest = resource["name"].partition("/locations/")
        resource["name"] = head + "/" + rest.partition("/")[2] if rest else resource["name"]
    return data, {"eventId": event["id"], "timestamp": event["time"],
                  "eventType": LEGACY_TYPES.get(kind, kind), "resource": resource}


def decoded(body, media_type):
    if not body:
        return None
    if media_type == "application/json" or media_type.endswith("+json") or not media_type:
        return json.loads(body)
    return body.decode("utf-8", "replace") if media_type.startswith("text/") else body


class NoCloudEvent(ValueError):
    """The request is none, in any of the shapes."""


def traced(event):
    """With CloudEvents' extension for traces, where the event has none of its own."""
    if "traceparent" not in event and "TRACEPARENT" in os.environ:
        event["traceparent"] = os.environ["TRACEPARENT"]
        if "TRACESTATE" in os.environ:
            event["tracestate"] = os.environ["TRACESTATE"]
    return event


def from_value(value, message=None):
    """Of a structured event, an older one, or any other value, which becomes the data."""
    if isinstance(value, dict):
        legacy = legacy_parts(value)
        if legacy:
            return traced(from_legacy(*legacy))
        if "specversion" in value and "type" in value:
            attributes = {name: each for name, each in value.items()
                          if name not in ("data", "data_base64")}
            data = value.get("data")
            if "data_base64" in value:
                data = base64.b64decode(value["data_base64"])
            return traced(CloudEvent(attributes, data))
    if message is None:
        raise NoCloudEvent("The request is no CloudEvent: neither ce- headers nor a specversion.")
    return traced(CloudEvent({"id": message["id"], "type": "edgewright.invocation",
                              "source": "//edgewright/" + message.get("trigger", "manual"),
                              "datacontenttype": "application/json"}, value))


def from_request(request):
    if request.header("ce-type") or request.header("ce-specversion"):
        attributes = {name[3:]: value for name, value in request.headers
                      if name.startswith("ce-")}
        if request.header("content-type"):
            attributes["datacontenttype"] = request.header("content-type")
        missing = [name for name in ("id", "type", "source") if not attributes.get(name)]
        if missing:
            raise NoCloudEvent("The request lacks ce-" + ", ce-".join(missing) + ".")
        return traced(CloudEvent(attributes, decoded(request.body, request.media_type)))
    try:
        value = json.loads(request.body)
    except ValueError as error:
        raise NoCloudEvent("The body is no CloudEvent: " + str(error)) from None
    return from_value(value)


def event_in(value, message):
    """The CloudEvent of an invocation's event, a request or a value."""
    request = request_in(value)
    return from_request(request) if request else from_value(value, message)
