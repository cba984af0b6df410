"""Installs what requirements.txt or pyproject.toml of a folder asks for: install.py FOLDER TARGET.

Ends with 3 when this interpreter has all of it already, as Debian's packages bring it. Not imported
by workers.
"""
import os
import subprocess
import sys
import tempfile

NOTHING_TO_DO = 3


def fail(message):
    print(message)
    sys.exit(1)


def toml():
    try:
        import tomllib
        return tomllib
    except ImportError:
        pass
    try:
        from pip._vendor import tomli
        return tomli
    except ImportError:
        fail("pyproject.toml cannot be read: this Python has no tomllib")


def project_dependencies(file):
    try:
        with open(file, "rb") as text:
            described = toml().load(text)
    except ValueError as error:
        fail(f"pyproject.toml: {error}")
    project = described.get("project", {})
    if "poetry" in described.get("tool", {}) and "dependencies" not in project:
        fail("pyproject.toml has its dependencies in Poetry's own form: "
             "write them to requirements.txt with \"poetry export\"")
    return project.get("dependencies", [])


def is_satisfied(lines):
    """Whether every line is a plain requirement that is installed. Says no where it cannot tell."""
    try:
        from importlib.metadata import version
        from pip._vendor.packaging.requirements import Requirement
        for line in lines:
            line = line.split(" #")[0].strip()
            if not line or line.startswith("#"):
                continue
            requirement = Requirement(line)
            if requirement.marker and not requirement.marker.evaluate():
                continue
            if requirement.url or requirement.extras or \
                    not requirement.specifier.contains(version(requirement.name), prereleases=True):
                return False
        return True
    except Exception:
        return False


def main(folder, target):
    os.chdir(folder)
    file = "requirements.txt"
    made = None
    if not os.path.exists(file):
        made = tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8")
        made.write("\n".join(project_dependencies("pyproject.toml")) + "\n")
        made.flush()
        file = made.name
    with open(file, encoding="utf-8-sig", errors="replace") as text:
        if is_satisfied(text.read().splitlines()):
            return NOTHING_TO_DO
    try:
        import pip  # noqa: F401
    except ImportError:
        fail(f"{sys.executable} has no pip: install the package python3-pip "
             "(or make a virtual environment with python3-venv beside the function)")
    return subprocess.call([sys.executable, "-m", "pip", "install", "--target", target,
                            "--no-input", "--progress-bar", "off", "--no-warn-script-location",
                            "-r", file], stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
