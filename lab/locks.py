"""What the lock files pin, read with the standard library alone: set-up runs before anything is installed."""

import hashlib
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PYPROJECT = PROJECT / "pyproject.toml"
RUNTIME_LOCK = PROJECT / "requirements.txt"
DEVELOPMENT_LOCK = PROJECT / "requirements-dev.txt"
UV_LOCK = PROJECT / "requirements-uv.txt"
LOCKS = (RUNTIME_LOCK, DEVELOPMENT_LOCK, UV_LOCK)

_HEADER = "# Written by `make lock`, not by hand, from the requirements in pyproject.toml with sha256:"
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?:\s*;\s*(?P<marker>[^\\\n]*[^\\\s]))?")


@dataclass(frozen=True)
class Pin:
    """One locked package.

    Attributes:
        name: the normalised name ("scikit-learn").
        version: the one version allowed.
        marker: the environment marker under which the line holds; None where it always holds.
        hashes: the archives allowed, as "sha256:...".
        text: the entry as it stands in the lock.
    """

    name: str
    version: str
    marker: str | None
    hashes: tuple[str, ...]
    text: str


def normalised(name: str) -> str:
    """A package name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_lock(path: Path) -> list[Pin]:
    """The pins of a lock file, in its order.

    Raises:
        ValueError: a line is neither a comment nor part of a pinned requirement.
    """
    text = re.sub(r"^\s*#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    pins = []
    for entry in filter(str.strip, re.split(r"\n(?=\S)", text)):
        pin = _PIN.match(entry)
        if pin is None:
            raise ValueError(f"{path.name} holds a line that pins nothing: {entry.splitlines()[0]!r}")
        hashes = tuple(re.findall(r"--hash=(\S+)", entry))
        pins.append(Pin(normalised(pin["name"]), pin["version"], pin["marker"], hashes, entry.rstrip() + "\n"))
    return pins


def fingerprint(pyproject: Path = PYPROJECT) -> str:
    """SHA-256 of every requirement that `pyproject.toml` states; comments and order of tables do not count."""
    content = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    stated = {
        "build": content["build-system"]["requires"],
        "python": content["project"]["requires-python"],
        "runtime": content["project"]["dependencies"],
        "optional": content["project"]["optional-dependencies"],
        "groups": content["dependency-groups"],
    }
    return hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()


def header() -> str:
    """The first line of a lock made now."""
    return f"{_HEADER} {fingerprint()}\n"


def is_current(lock: Path) -> bool:
    """Whether a lock was made from the requirements that `pyproject.toml` states today."""
    with lock.open(encoding="utf-8") as stream:
        return stream.readline() == header()
