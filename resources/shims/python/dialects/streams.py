"""An answer that goes out as it is made, and a request's body that is read as it comes."""
import io
import json
import select

from .common import response


PIECE = 1 << 20  # bytes of a frame


class Stream:
    """The caller of an invocation who takes both. On the worker's own channel, of which nothing
    else is read meanwhile."""

    def __init__(self, channel, invocation):
        self.channel = channel
        self.invocation = invocation
        self.has_left = False
        self.is_waiting = False  # for a part of the body
        self.part = b""

    def tell(self, kind, body=None):
        self.channel.write({"t": kind, "id": self.invocation}, body)

    def receive(self):
        frame = self.channel.read()
        if frame is None:
            raise ConnectionError("the runtime has gone")
        message = json.loads(frame)
        body = self.channel.read() if message.get("body") else b""
        if message["id"] != self.invocation:
            return  # said to an earlier one, after it had ended
        if message["t"] == "gone":
            self.has_left = True
        elif message["t"] == "part":
            self.is_waiting = False
            self.part = body
            if "failed" in message:
                raise ConnectionError(message["failed"])

    def gone(self):
        """Whether the caller has left."""
        while not self.has_left and (self.channel.has_more() or
                                     select.select([self.channel.socket], [], [], 0)[0]):
            self.receive()
        return self.has_left

    def read(self):
        """The next bytes of the request's body; none at its end."""
        self.tell("more")
        self.is_waiting = True
        while self.is_waiting:
            self.receive()
        part, self.part = self.part, b""
        return part

    def open(self):
        """The request's body as a file that can be read once."""
        return io.BufferedReader(Input(self), 65536)

    def begin(self, status, headers):
        self.tell("head", json.dumps(response(status, headers, "")).encode())

    def write(self, data):
        view = memoryview(data)
        for at in range(0, len(view), PIECE):
            if not self.has_left:
                self.tell("part", bytes(view[at:at + PIECE]))

    def send(self, status, headers, chunks):
        """A whole answer, chunk by chunk; what the invocation keeps of it."""
        self.begin(status, headers)
        sent = 0
        try:
            for chunk in chunks:
                data = chunk.encode() if isinstance(chunk, str) else bytes(chunk)
                if self.gone():
                    break
                self.write(data)
                sent += len(data)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        return {"statusCode": int(status), "bytes": sent}


class Input(io.RawIOBase):
    """The body of a request."""

    def __init__(self, stream):
        self.stream = stream
        self.left = b""
        self.is_over = False

    def readable(self):
        return True

    def readinto(self, buffer):
        if not self.left and not self.is_over:
            self.left = self.stream.read()
            self.is_over = not self.left
        size = min(len(buffer), len(self.left))
        buffer[:size] = self.left[:size]
        self.left = self.left[size:]
        return size

