"""Create or mend `.venv` from the locks, or write the locks.

    sh tools/python.sh tools/environment.py runtime | development | repair | lock [--upgrade ...]

Only the standard library: it runs before anything is installed. uv, itself locked, installs in seconds; where it cannot
be had or fails, pip installs the same archives in about a minute. `.venv/installed.json` says what the environment
holds. It says "complete" only after the last step, so that an interrupted installation is begun anew.
"""

import argparse
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lab.locks import DEVELOPMENT_LOCK, PROJECT, PYPROJECT, RUNTIME_LOCK, UV_LOCK, header, read_lock

ENVIRONMENT = PROJECT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
UV_FOLDER = ENVIRONMENT / "uv"
UV = UV_FOLDER / "bin" / "uv"
RECORD = ENVIRONMENT / "installed.json"
MUTEX = ENVIRONMENT / ".mutex"
LOCK_OF = {"runtime": RUNTIME_LOCK, "development": DEVELOPMENT_LOCK}

SURROUNDINGS = {
    **os.environ,
    "UV_PYTHON_DOWNLOADS": "never",
    "PIP_USER": "0",  # somebody's habit of installing into the home folder has no place here
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}
_PROJECT_ITSELF = ("install", "--no-deps", "--no-build-isolation", "--editable", ".")


def main() -> int:
    """Do what the command line says; the exit code."""
    parser = argparse.ArgumentParser(description="Create or mend .venv from the locks, or write the locks.")
    parser.add_argument("task", choices=[*LOCK_OF, "repair", "lock"])
    task, more = parser.parse_known_args()
    try:
        with alone():
            if task.task == "lock":
                write_locks(more)
            elif task.task == "repair":
                repair()
            else:
                install(task.task)
    except subprocess.CalledProcessError as error:
        say(f"Failed: {' '.join(str(part) for part in error.cmd)}")
        return 1
    return 0


@contextmanager
def alone() -> Iterator[None]:
    """Let one process at a time work on the environment (two terminals, `make -j`).

    A link gives way to a folder of our own: what it leads to belongs to somebody else and is not to be emptied.
    """
    if ENVIRONMENT.is_symlink():
        say(f"{ENVIRONMENT.name} was a link to {ENVIRONMENT.readlink()}, which is left as it is")
        ENVIRONMENT.unlink()
    ENVIRONMENT.mkdir(exist_ok=True)
    with MUTEX.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def install(wanted: str) -> None:
    """Bring `.venv` to the runtime or the development lock, unless it is there already.

    The development lock holds the runtime lock, so a development environment serves both and is never thinned out.
    """
    recorded = record()
    if is_runnable() and recorded in (target(wanted), target("development")):
        return
    kind = "development" if recorded.get("kind") == "development" else wanted
    is_half_done = recorded.get("is_complete") is False  # a package may be there in part: trust nothing
    is_moved = recorded.get("folder", str(PROJECT)) != str(PROJECT)
    if is_half_done or is_moved or not is_runnable():
        create()
    fill(kind)


def repair() -> None:
    """Build the environment anew, as it was meant to be: for when something in it was changed by hand."""
    kind = record().get("kind")
    create()
    fill(kind if kind in LOCK_OF else "runtime")


def fill(kind: str) -> None:
    """Install a lock and the project, and record it when all is done."""
    lock = LOCK_OF[kind]
    write_record({**target(kind), "is_complete": False})
    say(f"Installing {lock.name} into .venv (Python {platform.python_version()})")
    if not (have_uv() and sync_with_uv(lock)):
        sync_with_pip(lock)
    write_record(target(kind))


def target(kind: str) -> dict[str, Any]:
    """What the record says once the environment is complete."""
    return {
        "kind": kind,
        "lock": hashlib.sha256(LOCK_OF[kind].read_bytes()).hexdigest(),
        "project": hashlib.sha256(PYPROJECT.read_bytes()).hexdigest(),
        "folder": str(PROJECT),
        "is_complete": True,
    }


def record() -> dict[str, Any]:
    """What the environment says it holds; nothing where it does not say."""
    try:
        content = json.loads(RECORD.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_record(content: dict[str, Any]) -> None:
    """Replace the record in one step."""
    draft = RECORD.with_suffix(".draft")
    draft.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    draft.replace(RECORD)


def is_runnable() -> bool:
    """Whether the environment's interpreter still runs and is the right one (its base may have been removed)."""
    try:
        return run_quietly(PYTHON, "-c", "import sys; sys.exit(sys.version_info[:2] != (3, 12))")
    except OSError:
        return False


def create() -> None:
    """An empty environment with pip; whatever stood there before goes."""
    for old in ENVIRONMENT.iterdir():
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old)
        elif old != MUTEX:
            old.unlink()
    say(f"Creating .venv with {sys.executable}")
    run(sys.executable, "-m", "venv", ENVIRONMENT)


def have_uv() -> bool:
    """Whether the locked uv runs, after an attempt to install it into its own corner of the environment."""
    pin = read_lock(UV_LOCK)[0]
    if UV.exists() and subprocess.run([UV, "--version"], capture_output=True, text=True).stdout.split()[1:2] == [
        pin.version
    ]:
        return True
    ensure_pip()
    shutil.rmtree(UV_FOLDER, ignore_errors=True)
    options = ("--quiet", "--require-hashes", "--only-binary=:all:", "--target", UV_FOLDER, "--requirement", UV_LOCK)
    try:
        return run_quietly(PYTHON, "-m", "pip", "install", *options) and run_quietly(UV, "--version")
    except OSError:  # installed, but not for this system
        return False


def sync_with_uv(lock: Path) -> bool:
    """Install exactly the lock and the project with uv; False where uv could not.

    The one package that is published as source is built with the build tools of the lock.
    """
    hashed = ("--require-hashes", "--require-build-hashes", "--preview-features", "build-dependency-hashes")
    built = ("--build-constraints", RUNTIME_LOCK, "--compile-bytecode")
    try:
        run_uv("pip", "sync", "--python", PYTHON, *hashed, *built, lock)
        run_uv("pip", *_PROJECT_ITSELF, "--python", PYTHON)
    except subprocess.CalledProcessError:
        say("uv could not install the lock; pip tries now.")
        return False
    return True


def sync_with_pip(lock: Path) -> None:
    """Install the lock and the project with pip alone; the build tools first, as in the lock."""
    say("Without uv this takes a minute or two.")
    ensure_pip()
    hashed = ("install", "--quiet", "--no-deps", "--require-hashes", "--no-build-isolation", "--requirement")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as build_tools:
        build_tools.writelines(pin.text for pin in read_lock(RUNTIME_LOCK) if pin.name == "setuptools")
        build_tools.flush()
        run(PYTHON, "-m", "pip", *hashed, build_tools.name)
    run(PYTHON, "-m", "pip", *hashed, lock)
    run(PYTHON, "-m", "pip", *_PROJECT_ITSELF, "--quiet")


def ensure_pip() -> None:
    """Put pip into an environment that was made without it."""
    if not run_quietly(PYTHON, "-m", "pip", "--version"):
        run(PYTHON, "-m", "ensurepip", "--default-pip")


def write_locks(options: list[str]) -> None:
    """Resolve `pyproject.toml` into the three locks; pins that still fit stay (`--upgrade` lets them go)."""
    if not is_runnable():
        create()
    if not have_uv():
        sys.exit("make lock needs uv, which could not be installed.")
    for lock, stated in (
        (RUNTIME_LOCK, ("pyproject.toml",)),
        (DEVELOPMENT_LOCK, ("pyproject.toml", "--extra", "dev", "--constraint", RUNTIME_LOCK.name)),
        (UV_LOCK, ("--group", "installer")),
    ):
        form = ("--universal", "--python-version", "3.12", "--python", PYTHON, "--generate-hashes", "--no-header")
        run_uv("pip", "compile", *stated, *form, "--quiet", "--output-file", lock.name, *options)
        pins = lock.read_text(encoding="utf-8")
        lock.write_text(header() + pins, encoding="utf-8")
        say(f"{lock.name}: {len(read_lock(lock))} packages")


def run_uv(*arguments: str | Path) -> None:
    """Run uv with the index that somebody set for pip, whose settings uv does not read; a failure ends the task."""
    asked = subprocess.run([PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True).stdout
    mirrors = re.findall(r"^(?:global|:env:)\.index-url='(.+)'$", asked, flags=re.MULTILINE)
    told = {"UV_DEFAULT_INDEX": mirrors[-1]} if mirrors and "UV_DEFAULT_INDEX" not in os.environ else {}
    quiet = () if sys.stderr.isatty() else ("--quiet",)
    subprocess.run([UV, *quiet, *arguments], cwd=PROJECT, env=SURROUNDINGS | told, check=True)


def run(*command: str | Path) -> None:
    """Run a command in the checkout; a failure ends the task."""
    subprocess.run(command, cwd=PROJECT, env=SURROUNDINGS, check=True)


def run_quietly(*command: str | Path) -> bool:
    """Whether a command succeeds; nothing is printed."""
    return subprocess.run(command, cwd=PROJECT, env=SURROUNDINGS, capture_output=True).returncode == 0


def say(line: str) -> None:
    """One line for the person who waits."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
