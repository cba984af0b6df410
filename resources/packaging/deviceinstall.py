"""Takes what requirements.txt or pyproject.toml asks for, as wheels for a device: PLAN.json.

The plan: folder, target, python ("3.11"), abi, platforms, markers (of the device's environment),
index (one more of them, or ""), own (names of the device's *-info folders), used (a file for those
that are left to it), where (words). pip
evaluates markers for the interpreter that runs it and has no option for that, so it is run by this
file, which also hears why pip passes over a file. Nothing is built for another machine: what is
there as source alone comes from the device's own packages, or is told.
"""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import zipfile

SKIPPED = "\x1eSkipping link: "
NOTHING = "\x1eNothing for: "


def run_pip(markers, arguments):
    """In a process of its own: pip, in the device's environment."""
    import logging
    import runpy
    try:
        from pip._vendor.packaging import markers as module
        own = module.default_environment
        module.default_environment = lambda: {**own(), **markers}
    except (ImportError, AttributeError):
        pass  # a pip without them: markers are of this computer

    class Skipped(logging.Handler):
        def emit(self, record):
            text = record.getMessage()
            if text.startswith(SKIPPED[1:]):
                print("\x1e" + text.replace("\n", " "), file=sys.stderr, flush=True)

    finder = logging.getLogger("pip._internal.index.package_finder")
    finder.setLevel(logging.DEBUG)
    finder.addHandler(Skipped())
    try:
        from pip._internal.index.package_finder import PackageFinder
        find = PackageFinder.find_all_candidates

        def find_and_tell(self, name):
            found = find(self, name)
            if not found:
                print(NOTHING + name, file=sys.stderr, flush=True)
            return found

        PackageFinder.find_all_candidates = find_and_tell
    except (ImportError, AttributeError):
        pass  # pip says it in the end
    sys.argv = ["pip"] + arguments
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def packages_of(infos):
    """{name: version} of "numpy-1.24.2.dist-info", "RPi.GPIO-0.7.1-py3.11.egg-info"."""
    found = {}
    for info in infos:
        match = re.match(r"(.+?)-(\d[^-]*)(?:-py[\d.]+)?\.(?:dist|egg)-info$", info)
        if match:
            found[normal(match[1])] = match[2]
    return found


def make_stub(folder, name, version):
    """A wheel with nothing in it, which stands for what the device has itself."""
    plain = normal(name).replace("-", "_")
    info = f"{plain}-{version}.dist-info/"
    with zipfile.ZipFile(f"{folder}/{plain}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(info + "METADATA",
                       f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\nGenerator: edgewright\n"
                       "Root-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(info + "RECORD", "")


class Pip:
    """One run: what pip says goes on to whoever listens, why it fails is kept.

    Ends at once when there is nothing for one of the stoppers, so that pip does not try the older
    versions of all that asks for it.
    """

    def __init__(self, plan, requirements, stoppers):
        command = [sys.executable, os.path.abspath(__file__), "--pip", json.dumps(plan["markers"]),
                   "install", "--target", plan["target"], "--only-binary=:all:", "--no-compile",
                   "--implementation", "cp", "--python-version", plan["python"],
                   "--abi", plan["abi"], "--no-input", "--progress-bar", "off",
                   "--no-warn-script-location", "-r", requirements]
        for platform in plan["platforms"]:
            command += ["--platform", platform]
        if "PIP_RETRIES" not in os.environ:
            command += ["--retries", "2"]
        self.said, self.skipped, self.nothing, self.stopper = [], [], set(), ""
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, encoding="utf-8",
                              errors="replace") as process:
            for line in process.stdout:
                line = line.rstrip()
                if line.startswith(SKIPPED):
                    self.skipped.append(line[len(SKIPPED):])
                elif line.startswith(NOTHING):
                    self.nothing.add(normal(line[len(NOTHING):]))
                    if stoppers & self.nothing:
                        self.stopper = line[len(NOTHING):]
                        process.kill()
                        break
                elif line:
                    self.said.append(line)
                    print(line, flush=True)
        self.failed = process.returncode != 0

    def last(self, beginning):
        return next((line[len(beginning):] for line in reversed(self.said)
                     if line.startswith(beginning)), "")

    @property
    def lacking(self):
        """The requirement that nothing was found for: "numpy==1.0"."""
        asked = self.stopper or self.last("ERROR: No matching distribution found for ")
        if asked or "The conflict is caused by:" not in self.said:
            return re.split(r" \(|;", asked)[0].strip()
        for line in self.said[self.said.index("The conflict is caused by:"):]:
            cause = re.search(r"(?: depends on |The user requested )(([\w.-]+).*)$", line)
            if cause and normal(cause[2]) in self.nothing:
                return re.split(r" \(|;", cause[1])[0].strip()
        return ""

    @property
    def reason(self):
        """Of any other failure, in pip's words."""
        if "The conflict is caused by:" in self.said:
            causes = self.said[self.said.index("The conflict is caused by:") + 1:]
            return "the versions contradict each other: " + "; ".join(
                line.strip() for line in causes if re.search(" depends on |requested", line))
        return self.last("ERROR: ") or (self.said or ["pip ended without a word"])[-1]

    @property
    def is_cut_off(self):
        return any("Retrying (Retry(" in line or "Could not fetch URL" in line
                   for line in self.said)

    def why(self, where):
        asked = self.lacking
        name = re.match(r"[\w.-]+", asked)[0]
        exact = re.search(r"==\s*([\w.!+-]+)$", asked)
        files = self.files_of(name, exact[1] if exact else "")
        wheels = sorted({tag for file, tag in files if tag})
        versions = re.search(r"\(from versions: (.+)\)$",
                             self.last("ERROR: Could not find a version that satisfies "))
        others = versions[1] if versions and versions[1] != "none" else ""
        if not files and not others and self.is_cut_off:
            return f"{asked}: the index of packages cannot be reached"
        if wheels:
            reason = f"has no wheel for {where}, only for {', '.join(wheels[:6])}"
        elif files:
            reason = f"has no wheel for {where}: it is there as source alone, which is not built " \
                     "for another machine"
        elif others:
            reason = f"is not there for {where}"
        else:
            reason = f"is not there for {where}: no index has a package of that name"
        package = "python3-" + name.lower().replace("_", "-")
        return (f"{asked} {reason}. "
                + (f"Versions that have one: {others}. Ask for one of them, or install"
                   if others else "Install")
                + f" it on the device itself (sudo apt install {package}, where Debian has it) and "
                  "push again, or put its source into the function's folder")

    def files_of(self, name, version):
        """What was passed over: [(file, the wheel's tag or "")], of \a version where there is."""
        found = []
        for line in self.skipped:
            file = re.search(r"([^/\s]+\.(?:whl|tar\.gz|zip|tar\.bz2))(?:#\S*)?(?: |$)",
                             line.split(": ", 1)[-1])
            if file and normal(file[1]).startswith(normal(name) + "-"):
                tag = file[1][:-4].split("-", 2)[-1] if file[1].endswith(".whl") else ""
                found.append((file[1], tag))
        exactly = [item for item in found
                   if re.match(r"[^-]+(?:-[^-\d][^-]*)*-" + re.escape(version) + r"(-|\.tar|\.zip)",
                               item[0])] if version else []
        return exactly or found


def written(plan, stubs, folder):
    """A file for pip that refers to what the function has."""
    from install import project_dependencies
    lines = [f"--find-links {shlex.quote(stubs)}"]
    if plan["index"]:
        lines.append(f"--extra-index-url {plan['index']}")
    file = os.path.join(plan["folder"], "requirements.txt")
    if os.path.exists(file):
        with open(file, encoding="utf-8-sig", errors="replace") as text:
            asked = [line.strip() for line in text]
        lines.append(f"-r {shlex.quote(file)}")
    else:
        asked = project_dependencies("pyproject.toml")
        lines += asked
    if not any(line and not line.startswith("#") for line in asked):
        return None
    with open(os.path.join(folder, "all.txt"), "w", encoding="utf-8") as text:
        text.write("\n".join(lines) + "\n")
    return text.name


def install(plan, folder):
    from install import fail
    try:
        import pip  # noqa: F401
    except ImportError:
        fail(f"{sys.executable} has no pip: install the package python3-pip here")
    os.chdir(plan["folder"])
    stubs = os.path.join(folder, "stubs")
    os.mkdir(stubs)
    requirements = written(plan, stubs, folder)
    if not requirements:
        return
    own, used = packages_of(plan["own"]), {}
    while True:
        shutil.rmtree(plan["target"], ignore_errors=True)
        os.mkdir(plan["target"])
        pip = Pip(plan, requirements, set(own) - set(used))
        if not pip.failed:
            break
        name = pip.lacking and normal(re.match(r"[\w.-]+", pip.lacking)[0])
        if not name:
            fail(pip.reason)
        if name in used:
            fail(f"the device has {name} {used[name]}, and {pip.lacking} is asked for. "
                 + pip.why(plan["where"]))
        if name not in own:
            fail(pip.why(plan["where"]))
        used[name] = own[name]
        make_stub(stubs, name, own[name])
        print(f"{name}: the device's own, {own[name]}", flush=True)
    for name, version in used.items():
        plain = name.replace("-", "_")
        shutil.rmtree(os.path.join(plan["target"], f"{plain}-{version}.dist-info"))
    # They begin with the path of this computer's interpreter.
    scripts = os.path.join(plan["target"], "bin")
    if os.path.isdir(scripts) and not os.path.exists(os.path.join(scripts, "__init__.py")):
        shutil.rmtree(scripts)
    if used:
        with open(plan["used"], "w", encoding="utf-8") as text:
            text.write("\n".join(used) + "\n")


def main(arguments):
    if arguments[0] == "--pip":
        return run_pip(json.loads(arguments[1]), arguments[2:])
    with open(arguments[0], encoding="utf-8") as text:
        plan = json.load(text)
    with tempfile.TemporaryDirectory() as folder:
        install(plan, folder)


if __name__ == "__main__":
    main(sys.argv[1:])
