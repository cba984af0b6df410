"""Where a function is, looked at every few milliseconds while a profile is wanted.

Loaded at the first wish only. A thread looks at the stacks of the others, so that waiting counts as
well as computing; it counts while an invocation runs.
"""
import _thread
import sys
import time

INTERVAL = 0.002
MOST_STACKS = 10000
DEEPEST = 128


class Sampler:
    def __init__(self, root, shim_folder, invoke):
        self.root = root
        self.shim_folder = shim_folder
        self.invoke = invoke.__code__
        self.main = _thread.get_ident()
        self.stacks = {}
        self.is_wanted = True
        # Not of threading: its locks may be held by the one whom the wish interrupted.
        _thread.start_new_thread(self.run, ())

    def run(self):
        own = _thread.get_ident()
        while self.is_wanted:
            frames = sys._current_frames()
            stack = self.stack_of(frames.pop(self.main, None), self.invoke)
            if stack is not None:
                self.count(stack)
                for thread, frame in frames.items():
                    if thread != own:
                        self.count(self.stack_of(frame, None))
            del frames
            time.sleep(INTERVAL)

    def stack_of(self, frame, outermost):
        """The code and line of each frame, innermost first; None where none is of outermost."""
        stack = []
        while frame is not None:
            code = frame.f_code
            if code is outermost:
                return tuple(stack)
            if not code.co_filename.startswith(self.shim_folder) and len(stack) < DEEPEST:
                stack.append((code, frame.f_lineno))
            frame = frame.f_back
        return tuple(stack) if outermost is None else None

    def count(self, stack):
        if stack and (stack in self.stacks or len(self.stacks) < MOST_STACKS):
            self.stacks[stack] = self.stacks.get(stack, 0) + 1

    def end(self):
        """Samples by stack, as flame graphs have them."""
        self.is_wanted = False
        folded = {}
        for stack, count in list(self.stacks.items()):
            text = ";".join(self.label(*frame) for frame in reversed(stack))
            folded[text] = folded.get(text, 0) + count
        return folded

    def label(self, code, line):
        file = code.co_filename
        if file.startswith(self.root):
            file = file[len(self.root):]
        name = getattr(code, "co_qualname", code.co_name).replace(" ", "_")
        return f"{name} {file}:{line}".replace(";", ",").encode("utf-8", "replace").decode()
