"""Answers a request within a Flask application, for a function that uses Flask itself."""
import sys

from .common import response
from .wsgi import environ_of


def flask_in_use():
    """Flask, where the function has imported it."""
    return sys.modules.get("flask")


class FlaskCaller:
    def __init__(self, flask, name):
        self.flask = flask
        self.application = flask.Flask(name)

    def call(self, function, request, stream=None):
        from werkzeug.exceptions import HTTPException
        environ = environ_of(request)
        with self.application.request_context(environ):
            try:
                value = function(self.flask.request._get_current_object())
                answer = self.application.make_response(value)
            except HTTPException as error:  # flask.abort()
                answer = error.get_response()
            answer = self.application.process_response(answer)
            if not stream or not answer.is_streamed:
                return response(answer.status_code, list(answer.headers), answer.get_data())
        # As a server does it: without the request, unless stream_with_context() keeps it.
        return stream.send(answer.status_code, list(answer.headers), answer.get_app_iter(environ))
