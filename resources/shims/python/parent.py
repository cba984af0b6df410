"""The warm parent of Python workers.

Loads what most functions import, then forks a worker for each request on the socket at
descriptor 3. A request is one packet {"op": "fork", "id": N, "ahead": false} with the worker's
channel, standard output and standard error attached; one that is forked ahead has time to rehearse.
Answers: {"forked": N, "pid": P}; {"ended": P, "status": S}.
"""
import gc
import json
import os
import select
import signal
import socket
import sys
import traceback

import worker

# What functions use most. Loaded once; the pages are shared by every worker.
for name in ("base64", "collections", "contextlib", "copy", "csv", "datetime", "decimal", "enum",
             "functools", "glob", "hashlib", "hmac", "inspect", "io", "itertools", "logging",
             "math", "operator", "pathlib", "random", "re", "shutil", "statistics", "string",
             "struct", "subprocess", "tempfile", "threading", "time", "traceback", "types",
             "typing", "urllib.parse", "uuid", "zlib"):
    try:
        __import__(name)
    except ImportError:  # a smaller Python, as on some devices
        pass


class Parent:
    def __init__(self, control):
        self.control = control
        self.children = set()
        self.wake_read, self.wake_write = os.pipe()
        os.set_blocking(self.wake_read, False)
        os.set_blocking(self.wake_write, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.wake_write, warn_on_full_buffer=False)

    def run(self):
        while True:
            ready, _, _ = select.select([self.control, self.wake_read], [], [])
            if self.wake_read in ready:
                os.read(self.wake_read, 4096)
                self.collect()
            if self.control in ready and not self.serve():
                return

    def serve(self):
        room = socket.CMSG_SPACE(3 * 4)
        packet, ancillary, _, _ = self.control.recvmsg(4096, room)
        if not packet:
            return False  # the runtime is gone
        descriptors = []
        for _, _, data in ancillary:
            descriptors += [int.from_bytes(data[i:i + 4], sys.byteorder)
                            for i in range(0, len(data), 4)]
        request = json.loads(packet)
        pid = os.fork()
        if pid == 0:
            self.become_worker(request.get("ahead", False), *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        self.children.add(pid)
        self.tell({"forked": request["id"], "pid": pid})
        return True

    def become_worker(self, is_ahead, channel, output, error):
        status = 70
        try:
            parent = os.getppid()
            os.setsid()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(self.wake_read)
            os.close(self.wake_write)
            self.control.close()
            os.dup2(output, 1)
            os.dup2(error, 2)
            os.close(output)
            os.close(error)
            os.set_inheritable(channel, False)
            worker.bind_to_parent(parent)
            status = worker.serve(channel, is_ahead)
        except BaseException:  # a mistake of the shim's: the runtime shows what it printed
            traceback.print_exc()
        finally:
            os._exit(status)  # never back into the parent's loop

    def collect(self):
        while self.children:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.children.discard(pid)
            self.tell({"ended": pid, "status": status})

    def tell(self, message):
        self.control.send(json.dumps(message).encode())


def main():
    sys.path.pop(0)  # the shims' own folder
    for name in list(sys.modules):  # names that a function's own modules may have
        if name == "worker" or name.partition(".")[0] == "dialects":
            del sys.modules[name]
    control = socket.socket(fileno=3)
    control.set_inheritable(False)
    parent = Parent(control)
    parent.tell({"ready": sys.version.split()[0]})
    gc.collect()
    gc.freeze()
    parent.run()


main()
