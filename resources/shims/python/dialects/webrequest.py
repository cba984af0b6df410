"""A request as functions know it from Flask, without Flask. What is not here is asked of Flask's own
request where Flask is installed."""
import json
from urllib.parse import parse_qsl

from .wsgi import environ_of


class MultiDict(dict):
    """The first value of each name by [], all of them by getlist()."""

    def __init__(self, pairs=()):
        super().__init__()
        self._all = {}
        for name, value in pairs:
            self._all.setdefault(name, []).append(value)
            self.setdefault(name, value)

    def get(self, key, default=None, type=None):
        if key not in self:
            return default
        if type is None:
            return self[key]
        try:
            return type(self[key])
        except ValueError:
            return default

    def getlist(self, key):
        return list(self._all.get(key, ()))

    def to_dict(self, flat=True):
        return dict(self) if flat else {name: list(all) for name, all in self._all.items()}


class Headers:
    """Without regard to case; repeated ones joined by a comma."""

    def __init__(self, pairs):
        self._pairs = [("-".join(part.capitalize() for part in name.split("-")), value)
                       for name, value in pairs]

    def getlist(self, name):
        return [value for each, value in self._pairs if each.lower() == name.lower()]

    def get(self, name, default=None, type=None):
        values = self.getlist(name)
        if not values:
            return default
        return type(",".join(values)) if type else ",".join(values)

    def __getitem__(self, name):
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name):
        return bool(self.getlist(name))

    def __iter__(self):
        return iter(self._pairs)

    def __len__(self):
        return len(self._pairs)

    def keys(self):
        return [name for name, _ in self._pairs]

    def values(self):
        return [value for _, value in self._pairs]

    def items(self):
        return list(self._pairs)

    def __repr__(self):
        return f"Headers({self._pairs!r})"

    def __str__(self):
        return "".join(f"{name}: {value}\r\n" for name, value in self._pairs) + "\r\n"


class RequestError(Exception):
    """A request that the function cannot use: answered with its status."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class WebRequest:
    def __init__(self, request):
        self._request = request
        self._stream = None
        self.method = request.method
        self.path = request.path
        self.query_string = request.query.encode()
        self.headers = Headers(request.headers)
        self.content_type = request.header("content-type", None)
        self.mimetype = request.media_type
        self.remote_addr = request.remote
        self.host = request.host
        self.scheme = request.header("x-forwarded-proto", "http")
        self.host_url = self.url_root = f"{self.scheme}://{self.host}/"
        self.base_url = f"{self.scheme}://{self.host}{request.path}"
        self.url = request.url
        self.full_path = request.path + "?" + request.query
        self.view_args = dict(request.parameters)
        self.args = MultiDict(parse_qsl(request.query, keep_blank_values=True))
        length = request.header("content-length")
        self.content_length = int(length) if length.isdecimal() else \
            None if request.input else len(request.body)
        self.is_json = self.mimetype == "application/json" or \
            (self.mimetype.startswith("application/") and self.mimetype.endswith("+json"))

    @property
    def data(self):
        return self._request.body

    @property
    def stream(self):
        if self._stream is None:
            self._stream = self._request.file()
        return self._stream

    @property
    def environ(self):
        return environ_of(self._request)

    @property
    def cookies(self):
        jar = {}
        for header in self.headers.getlist("cookie"):
            for part in header.split(";"):
                name, found, value = part.strip().partition("=")
                if found:
                    jar.setdefault(name, value.strip('"'))
        return jar

    @property
    def form(self):
        if self.mimetype == "application/x-www-form-urlencoded":
            return MultiDict(parse_qsl(self.data.decode("utf-8", "replace"),
                                       keep_blank_values=True))
        if self.mimetype == "multipart/form-data":
            return self.__getattr__("form")
        return MultiDict()

    @property
    def values(self):
        return MultiDict([(name, value) for source in (self.args, self.form)
                          for name in source for value in source.getlist(name)])

    @property
    def user_agent(self):
        return self.headers.get("user-agent", "")

    @property
    def json(self):
        return self.get_json()

    def get_json(self, force=False, silent=False, cache=True):
        if not (force or self.is_json):
            if silent:
                return None
            raise RequestError(415, "Did not attempt to load JSON data because the request "
                                    "Content-Type was not 'application/json'.")
        try:
            return json.loads(self.data)
        except ValueError as error:
            if silent:
                return None
            raise RequestError(400, f"The body is not JSON: {error}") from None

    def get_data(self, cache=True, as_text=False, parse_form_data=False):
        return self.data.decode("utf-8", "replace") if as_text else self.data

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            from flask import Request
        except ImportError:
            raise AttributeError(
                f"the request has no {name} here; it has where python3-flask is installed"
            ) from None
        return getattr(Request(environ_of(self._request)), name)
