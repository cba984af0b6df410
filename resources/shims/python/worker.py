"""Serves one Python function over a socket that the runtime holds.

Frames are four bytes of length, most significant first, and JSON. Standard output and error belong
to the function and are never used for the protocol. A message with "body" is followed by a frame
that holds a value of the user's: an event or a result.
"""
import ctypes
import importlib
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import time
import traceback

import dialects
from dialects.streams import Stream

SIZE = struct.Struct(">I")
BODY = ',"body":true'
SHIM_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep
LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def bind_to_parent(parent):
    """Dies with the parent, and keeps its own orphans, so that the runtime finds them."""
    LIBC.prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0)
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Channel:
    def __init__(self, descriptor):
        self.socket = socket.socket(fileno=descriptor)
        self.received = b""
        self.at = 0  # where the next frame begins
        self.is_writing = False
        self.late = None

    def read(self):
        """The next frame; None when the runtime closed the channel."""
        while True:
            begin = self.at + 4
            if len(self.received) >= begin:
                end = begin + SIZE.unpack_from(self.received, self.at)[0]
                if len(self.received) >= end:
                    self.at = end
                    return self.received[begin:end]
            data = self.socket.recv(65536 if self.at < len(self.received) else 8192)
            if not data:
                return None
            self.received = self.received[self.at:] + data
            self.at = 0

    def has_more(self):
        """Whether a frame has come, whole or not, and was not read."""
        return self.at < len(self.received)

    def write(self, message, body=None):
        """Of a message with a body, head and body."""
        if body is not None:
            message["body"] = True
        self.write_text(to_json(message), body)

    def write_text(self, head, body=None):
        head = head.encode()
        frames = SIZE.pack(len(head)) + head
        if body is not None:
            frames += SIZE.pack(len(body)) + body
        self.is_writing = True
        self.socket.sendall(frames)
        self.is_writing = False
        if self.late:
            late, self.late = self.late, None
            self.write(*late)

    def write_between(self, message, body):
        """write() from a signal's handler, which may have interrupted another."""
        if self.is_writing:
            self.late = message, body
        else:
            self.write(message, body)


def place(root, filename, line, function):
    if filename.startswith(root):
        filename = filename[len(root):]
    return f"{filename}:{line} in {function}"


def fault_of(error, root):
    """Type, message and stack; the stack begins with the first frame in the user's files."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__)
              if not frame.filename.startswith((SHIM_FOLDER, "<frozen importlib"))]
    own = [frame.filename.startswith(root) for frame in frames]
    if True in own:
        frames = frames[own.index(True):]
    elif isinstance(error, (SyntaxError, ImportError, AttributeError)):
        frames = []
    stack = [place(root, frame.filename, frame.lineno, frame.name) for frame in frames]
    message = str(error)
    if isinstance(error, SyntaxError) and error.filename:
        stack.append(place(root, error.filename, error.lineno or 0, "<module>"))
        message = error.msg
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ in ("builtins", "__main__") \
        else f"{kind.__module__}.{kind.__qualname__}"
    return {"type": name, "message": message, "stack": stack}


def shim_module(name):
    """One that few workers need. The shims' folder is not where the function's imports look."""
    from importlib.util import module_from_spec, spec_from_file_location
    spec = spec_from_file_location("edgewright_" + name, SHIM_FOLDER + name + ".py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def capture_of(error, function):
    """What the runtime keeps of a failure, see capture.py; None where that cannot be told."""
    try:
        return shim_module("capture").capture(error, function.root, SHIM_FOLDER, function.secrets)
    except Exception:  # it may be out of memory
        return None


def answer_profiles(channel, root):
    """SIGURG begins a profile and SIGWINCH ends it: a signal reaches a function that computes.

    Both are ignored where nobody listens.
    """
    sampler = None

    def begin(*_):
        nonlocal sampler
        if sampler is None:
            sampler = shim_module("sampling").Sampler(root, SHIM_FOLDER, invoke)

    def end(*_):
        nonlocal sampler
        if sampler is not None:
            samples, sampler = sampler.end(), None
            channel.write_between({"t": "profile"}, to_json(samples).encode())

    signal.signal(signal.SIGURG, begin)
    signal.signal(signal.SIGWINCH, end)


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass


class Function:
    def __init__(self, load):
        self.root = load["root"].rstrip("/") + "/"
        self.secrets = load.get("secrets", [])
        dialect = dialects.BY_NAME.get(load["dialect"], dialects.aws)
        if hasattr(dialect, "before_load"):
            dialect.before_load(load)
        handler, load["module"] = self.find(load)
        self.call = dialect.bind(handler, load)

    def find(self, load):
        module_name, _, name = load["handler"].rpartition(".")
        module_name = module_name.replace("/", ".").removesuffix(".__init__")
        sys.path.insert(0, load["root"])
        loaded = sys.modules.get(module_name)
        if loaded is not None and not (getattr(loaded, "__file__", None) or "").startswith(
                self.root):
            del sys.modules[module_name]  # the user's file comes before one of ours of that name
        module = importlib.import_module(module_name)
        handler = getattr(module, name, None)
        if not callable(handler) and not hasattr(handler, "_function"):
            raise AttributeError(f"no function {name} in {module_name}")
        return handler, module


def maker_of_json():
    """json.dumps() makes an encoder at every call, which takes as long as a short text does. This
    one stays until a value could not be encoded: it would remember where it was."""
    settings = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    make, quote = json.encoder.c_make_encoder, json.encoder.encode_basestring
    if make is None:  # an interpreter other than CPython
        return settings.encode
    encoder = None

    def to_json(value):
        nonlocal encoder
        if encoder is None:
            encoder = make({}, settings.default, quote, None, ":", ",", False, False, False)
        try:
            return "".join(encoder(value, 0))
        except BaseException:
            encoder = None
            raise
    return to_json


to_json = maker_of_json()


def encode(value):
    try:
        return to_json(value).encode()
    except UnicodeEncodeError:  # lone surrogates
        return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()


class Peak:
    """The process's peak of memory. Asking takes as long as a short invocation: not at each."""
    kb = 0
    time = -1.0

    @classmethod
    def now(cls):
        now = time.monotonic()
        if now - cls.time > 0.01:
            cls.kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            cls.time = now
        return cls.kb


def connect_debugger(channel, debug):
    """Before the function is imported, so that breakpoints in its first lines count."""
    try:
        os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
        import debugpy
    except ImportError as error:
        channel.write({"t": "no_debugger", "message": str(error)})
        return False
    channel.write({"t": "connecting"})
    try:
        # A program that the function starts is not debugged, and must not wait for a debugger.
        debugpy.configure(subProcess=False)
        debugpy.connect((debug["host"], debug["port"]), access_token=debug["access_token"] or None)
        debugpy.wait_for_client()
    except Exception as error:
        channel.write({"t": "no_debugger", "message": str(error)})
        return False
    return True


def use_packages(folder):
    """Before the interpreter's own, and with their .pth files."""
    import site
    before = list(sys.path)
    site.addsitedir(folder)
    sys.path[:] = [entry for entry in sys.path if entry not in before] + before


def prepare(load):
    os.environ.update(load["environment"])
    os.chdir(load["root"])
    if load.get("packages"):
        use_packages(load["packages"])
    # A compiled file beside a source that changes within its second would be stale.
    sys.dont_write_bytecode = load["linked"]
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        stream = open(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace",
                      closefd=False)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.argv = [load["handler"]]
    import tempfile
    tempfile.tempdir = None


def start(channel, load):
    began = time.perf_counter()
    prepare(load)
    if load.get("debug") and not connect_debugger(channel, load["debug"]):
        return None
    try:
        function = Function(load)
    except SystemExit:
        raise
    except BaseException as error:  # whatever the module raises is the user's to see
        flush()
        channel.write({"t": "init_failed", "fault": fault_of(error, load["root"].rstrip("/") + "/")})
        return None
    flush()
    answer_profiles(channel, function.root)
    channel.write({"t": "loaded", "ms": (time.perf_counter() - began) * 1000,
                   "memory_kb": Peak.now()})
    return function


trace_state = os.environ.get("TRACESTATE")  # of the last invocation


def enter_trace(message):
    """What the function sends with its own calls, so that they belong to the chain of this one."""
    global trace_state
    os.environ["TRACEPARENT"] = message["traceparent"]
    state = message.get("tracestate")
    if state != trace_state:
        trace_state = state
        if state is None:
            os.environ.pop("TRACESTATE", None)
        else:
            os.environ["TRACESTATE"] = state


def invoke(channel, function, message, event):
    enter_trace(message)
    if "streams" in message:
        message["stream"] = Stream(channel, message["id"])
    began, cpu = time.perf_counter(), time.process_time()
    kind, body, fault = "result", None, ""
    try:
        body = encode(function.call(message, event))
    except SystemExit:
        raise
    except BaseException as error:
        kind = "error"
        told = {"fault": fault_of(error, function.root), "capture": capture_of(error, function)}
        fault = "," + encode(told).decode()[1:-1]
    ms = (time.perf_counter() - began) * 1000
    cpu_ms = (time.process_time() - cpu) * 1000
    flush()
    channel.write_text(
        f'{{"t":"{kind}","id":{to_json(message["id"])},"ms":{ms:.4f},"cpu_ms":{cpu_ms:.4f},'
        f'"memory_kb":{Peak.now()}{fault}{"" if body is None else BODY}}}', body)


def rehearse():
    """Loads and calls a function of ours, and leaves nothing of it behind.

    A forked process copies each page when it first writes to it. Those that every first call
    writes to are copied now, while nobody waits: half the time that loading takes.
    """
    path, folder, environment = list(sys.path), os.getcwd(), dict(os.environ)
    ours, theirs = socket.socketpair()
    channel = Channel(ours.detach())
    load = {"root": SHIM_FOLDER, "handler": "rehearsal.handler", "dialect": "aws", "linked": True,
            "environment": {}, "name": "rehearsal", "version": 1, "memory_mb": 0, "bundle": ""}
    message = {"id": "", "traceparent": f"00-{1:032x}-{1:016x}-01", "timeout_ms": 1000}
    invoke(channel, start(channel, json.loads(json.dumps(load))), message, b"{}")
    channel.socket.close()
    theirs.close()
    for number in (signal.SIGURG, signal.SIGWINCH):
        signal.signal(number, signal.SIG_DFL)
    sys.modules.pop("rehearsal", None)
    sys.path[:] = path
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)


def serve(descriptor, is_ahead):
    """Until the runtime closes the channel. The process's exit status."""
    channel = Channel(descriptor)
    if is_ahead and not select.select([channel.socket], [], [], 0.02)[0]:
        rehearse()
    first = channel.read()
    if first is None:
        return 0
    try:
        function = start(channel, json.loads(first))
        if function is None:
            return 1
        while (frame := channel.read()) is not None:
            message = json.loads(frame.decode())
            event = channel.read() if message["t"] == "invoke" or "body" in message else b""
            if event is None:
                break
            if message["t"] != "invoke":  # to the stream of an invocation that has ended
                continue
            invoke(channel, function, message, event)
        return 0
    except SystemExit as leaving:  # sys.exit() in a function ends its worker, as it asks
        flush()
        return leaving.code if isinstance(leaving.code, int) else 0 if leaving.code is None else 1
