"""What is kept of a function that raised: its frames with their source lines and local variables.

Loaded at the first failure only. Bounded, and secrets are masked: by the names of variables, keys
and attributes, and by the values of the function's environment variables of such names. Nothing of
the user's is called: values of his own classes are told by their attributes, not by repr().
"""
import collections
import datetime
import decimal
import itertools
import linecache
import os
import pathlib
import re
import types
import uuid

MOST_FRAMES = 20
MOST_LOCALS = 20
LONGEST = 200       # characters of a value
READ = 8192         # of its text are looked at
MOST_BYTES = 32768  # of all values and lines together
DEEPEST = 4
MASK = "***"

PARTS = {"key", "keys", "auth", "pass", "pwd", "pin", "cookie", "cookies", "session", "signature"}
INSIDE = re.compile("passw|passphrase|secret|token|credential|authorization|apikey|privatekey")
WORDS = re.compile("[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
# What gives itself away in a text: "password=…", "token": "…", Bearer …, https://user:…@host
IN_TEXT = (
    (re.compile(r"""(?i)([\w-]*(?:passw|secret|token|credential|api[_-]?key|authorization)[\w-]*"""
                r"""\\?["']?\s*[:=]\s*\\?["']?)(?:(?:bearer|basic)\s+)?[^"'&,;\s}\\]+"""),
     r"\1" + MASK),
    (re.compile(r"(?i)\b((?:bearer|basic)\s+)[\w.~+/=-]{8,}"), r"\1" + MASK),
    (re.compile(r"(\w://[^/\s:@]*:)[^/\s@]+@"), r"\1" + MASK + "@"),
)
PLAIN = (float, complex, datetime.date, datetime.time, datetime.datetime, datetime.timedelta,
         decimal.Decimal, uuid.UUID, range, type(None), bool, type(...))
SKIPPED = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type)


def is_secret_name(name):
    return bool(INSIDE.search(name.lower().replace("_", "").replace("-", ""))) or \
        any(word.lower() in PARTS for word in WORDS.findall(name))


def secret_values(environment, marked):
    values = [value for name, value in environment.items()
              if len(value) >= 4 and (name in marked or is_secret_name(name))]
    return sorted(values, key=len, reverse=True)


class Describer:
    """One value as text, which ends where it is long enough.

    issubclass(type(…)) everywhere: isinstance() may ask the value for its class.
    """

    def __init__(self, secrets):
        self.secrets = secrets
        self.seen = set()

    def masked(self, text):
        for value in self.secrets:
            text = text.replace(value, MASK)
        text = text[:READ]
        for pattern, instead in IN_TEXT:
            text = pattern.sub(instead, text)
        return text

    def of(self, name, value):
        if is_secret_name(name):
            return MASK
        self.left = 2 * LONGEST  # what masking takes away may make room
        parts = []
        for part in self.parts(value, 0):
            parts.append(part)
            self.left -= len(part)
            if self.left <= 0:
                break
        text = "".join(parts)
        return text if len(text) <= LONGEST else text[:LONGEST - 1] + "…"

    def text(self, value, kind):
        """Masked before it is cut: half a secret is one too."""
        some = value[:READ + max(map(len, self.secrets), default=0)]
        if kind is not str:
            some = bytes(some).decode("utf-8", "backslashreplace")
        shown = repr(self.masked(some)[:LONGEST + 1])
        return shown if kind is str else "b" + shown

    def parts(self, value, depth):
        kind = type(value)
        if kind is str or kind is bytes or kind is bytearray:
            yield self.text(value, kind)
        elif kind is int:
            yield repr(value) if value.bit_length() < 512 else f"<int of {value.bit_length()} bits>"
        elif kind in PLAIN or issubclass(kind, pathlib.PurePath) and \
                kind.__module__.startswith("pathlib"):
            yield self.masked(repr(value))
        elif issubclass(kind, SKIPPED):
            yield f"<{kind.__name__} {getattr(value, '__name__', '')}>"
        elif depth >= DEEPEST or id(value) in self.seen:
            yield "…"
        else:
            self.seen.add(id(value))
            yield from self.inner(value, kind, depth + 1)
            self.seen.discard(id(value))

    def inner(self, value, kind, depth):
        if issubclass(kind, tuple) and "_fields" in kind.__dict__:
            yield kind.__qualname__
            yield from self.pairs("(", zip(kind._fields, tuple(value)), "=", ")", depth)
        elif issubclass(kind, dict):
            yield from self.pairs("{", dict.items(value), ": ", "}", depth)
        elif kind in (list, tuple, set, frozenset, collections.deque):
            opening, closing = {list: "[]", tuple: "()"}.get(kind, "{}")
            if len(value) == 2 and kind in (list, tuple) and type(value[0]) is str and \
                    is_secret_name(value[0]):
                yield f"{opening}{value[0]!r}, {MASK}{closing}"  # a pair of a header and its value
                return
            yield opening
            for index, item in enumerate(itertools.islice(value, LONGEST)):
                yield ", " if index else ""
                yield from self.parts(item, depth)
            yield closing
        else:
            yield kind.__qualname__
            yield from self.pairs("(", self.attributes(value, kind), "=", ")", depth)

    @staticmethod
    def attributes(value, kind):
        try:
            fields = dict(object.__getattribute__(value, "__dict__"))
        except Exception:
            fields = {}
        for each in kind.__mro__:
            slots = each.__dict__.get("__slots__", ())
            for name in (slots,) if isinstance(slots, str) else slots:
                member = each.__dict__.get(name)
                if isinstance(member, types.MemberDescriptorType):
                    try:
                        fields[name] = member.__get__(value)
                    except AttributeError:  # not set
                        pass
        return fields.items()

    def pairs(self, opening, items, between, closing, depth):
        yield opening
        for index, (name, item) in enumerate(itertools.islice(items, LONGEST)):
            yield ", " if index else ""
            if type(name) is str:
                yield repr(self.masked(name)[:LONGEST]) if between == ": " else name
            else:
                yield from self.parts(name, depth)
            yield between
            if type(name) in (str, bytes) and is_secret_name(
                    name if type(name) is str else name.decode("latin-1")):
                yield MASK
            else:
                yield from self.parts(item, depth)
        yield closing


def frames_of(traceback, shim_folder):
    frames = []
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if not file.startswith((shim_folder, "<frozen importlib")):
            frames.append((traceback.tb_frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    return frames


def locals_of(frame, describer, budget):
    """(variables, how many were left out, bytes that are left)"""
    if frame.f_code.co_name == "<module>":
        return [], 0, budget
    found, left_out = [], 0
    for name, value in list(frame.f_locals.items()):
        if name.startswith("__") or issubclass(type(value), SKIPPED):
            continue
        if len(found) == MOST_LOCALS or budget <= 0:
            left_out += 1
            continue
        try:
            text = describer.of(name, value)
        except Exception:  # it changes meanwhile, or its class is a strange one
            text = "<cannot be told>"
        budget -= len(name.encode("utf-8", "replace")) + len(text.encode("utf-8", "replace"))
        found.append([name, text.encode("utf-8", "replace").decode()])
    return found, left_out, budget


def capture(error, root, shim_folder, marked):
    """What the runtime keeps of a failure."""
    frames = frames_of(error.__traceback__, shim_folder)
    own = [frame.f_code.co_filename.startswith(root) for frame, _ in frames]
    if True in own:
        frames = frames[own.index(True):]
    kept = frames[-MOST_FRAMES:]
    describer = Describer(secret_values(os.environ, marked))
    budget = MOST_BYTES
    told = []
    for frame, line in reversed(kept):  # the innermost tells most, and comes first where room ends
        file = frame.f_code.co_filename
        source = "" if budget <= 0 else \
            describer.masked(linecache.getline(file, line).strip()[:READ])[:LONGEST]
        budget -= len(source.encode("utf-8", "replace"))
        variables, left_out, budget = locals_of(frame, describer, budget)
        told.append({"file": file[len(root):] if file.startswith(root) else file, "line": line,
                     "function": frame.f_code.co_name, "source": source, "locals": variables,
                     "locals_left_out": left_out})
    return {"frames": told[::-1], "frames_left_out": len(frames) - len(kept), "note": ""}
