"""Two commands set the laboratory up anywhere: locks, environment and the search for Python agree with one another."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement

from lab import locks

PROJECT = locks.PROJECT
PINS = {lock.name: locks.read_lock(lock) for lock in locks.LOCKS}
CONTENT = tomllib.loads(locks.PYPROJECT.read_text(encoding="utf-8"))
STATED = {
    "requirements.txt": CONTENT["project"]["dependencies"],
    "requirements-dev.txt": CONTENT["project"]["dependencies"] + CONTENT["project"]["optional-dependencies"]["dev"],
    "requirements-uv.txt": CONTENT["dependency-groups"]["installer"],
}
FIND_PYTHON = PROJECT / "tools" / "python.sh"


@pytest.mark.parametrize("lock", PINS)
def test_every_requirement_is_pinned_within_its_bounds(lock):
    for requirement in map(Requirement, STATED[lock]):
        pinned = [pin for pin in PINS[lock] if pin.name == locks.normalised(requirement.name)]
        assert pinned, f"{requirement} is not in {lock}: make lock"
        assert all(requirement.specifier.contains(pin.version) for pin in pinned), requirement


@pytest.mark.parametrize("lock", PINS)
def test_every_pin_carries_hashes_and_no_address(lock):
    assert PINS[lock]
    for pin in PINS[lock]:
        assert pin.hashes, pin.name
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in pin.hashes), pin.name
    assert "://" not in (PROJECT / lock).read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", locks.LOCKS, ids=lambda lock: lock.name)
def test_locks_are_made_from_the_requirements_of_today(lock):
    assert locks.is_current(lock), f"{lock.name} is older than pyproject.toml: make lock"


def test_a_changed_requirement_makes_every_lock_stale(tmp_path):
    text = locks.PYPROJECT.read_text(encoding="utf-8")
    changed = tmp_path / "pyproject.toml"
    for requirement in ("numpy>=", "pytest>=", "uv>=", "hatchling>="):
        assert requirement in text
        changed.write_text(text.replace(requirement, requirement.replace(">=", ">"), 1), encoding="utf-8")
        assert locks.fingerprint(changed) != locks.fingerprint()
    changed.write_text(text.replace("# ", "#  "), encoding="utf-8")
    assert locks.fingerprint(changed) == locks.fingerprint()


def test_the_development_lock_holds_the_runtime_lock():
    """Otherwise going from `make test` to `make report` would change versions under the tests' feet."""
    development = {(pin.name, pin.version, pin.hashes): pin.marker for pin in PINS["requirements-dev.txt"]}
    for pin in PINS["requirements.txt"]:
        marker = development[pin.name, pin.version, pin.hashes]
        assert marker is None or marker == pin.marker or Marker(marker).evaluate()


def test_conda_users_get_the_same_lock():
    described = yaml.safe_load((PROJECT / "environment.yml").read_text(encoding="utf-8"))
    python, *others = described["dependencies"]
    assert python == "python=" + (PROJECT / ".python-version").read_text().strip() == "python=3.12"
    assert others == ["pip", {"pip": ["-r requirements-dev.txt"]}]
    assert CONTENT["project"]["requires-python"] == ">=3.12,<3.13"


def test_what_the_build_needs_is_in_the_lock():
    """The project is installed without build isolation, so that the build fetches nothing."""
    pinned = {pin.name for pin in PINS["requirements.txt"]}
    assert {locks.normalised(Requirement(text).name) for text in CONTENT["build-system"]["requires"]} <= pinned


def committed_files() -> list[Path]:
    if shutil.which("git") is None or not (PROJECT / ".git").exists():
        pytest.skip("not a git checkout: nothing says which files belong to the project")
    listed = subprocess.run(["git", "-C", PROJECT, "ls-files", "-z"], capture_output=True, text=True, check=True).stdout
    return [path for path in (PROJECT / name for name in filter(None, listed.split("\0"))) if path.is_file()]


def test_no_committed_file_names_a_registry_or_a_machine():
    registries = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.", "ana" + "conda.org", "deb." + "debian")
    folders = "|".join(("work", "farm", "root", "tmp", "home", "Users"))
    forbidden = re.compile("|".join([*map(re.escape, registries), rf"(?<![\w.\-:/}}])/(?:{folders})/\w"]).encode())
    binary = {".otf", ".ttf", ".gz", ".parquet", ".png", ".pdf"}
    found = [
        f"{path.relative_to(PROJECT)}: {match.group().decode()}"
        for path in committed_files()
        if path.suffix not in binary
        for match in [forbidden.search(path.read_bytes())]
        if match
    ]
    assert not found, found


def test_pre_commit_fetches_nothing():
    hooks = yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert {repository["repo"] for repository in hooks["repos"]} == {"local"}


def pretend(folder: Path, name: str, script: str) -> Path:
    """An executable that stands where a Python is looked for."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def find_python(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Ask `tools/python.sh` to print the chosen interpreter's name, with only `folder` and plain tools on PATH."""
    tools = folder.parent / "tools"
    tools.mkdir(exist_ok=True)
    for tool in ("dirname", "sh"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    return subprocess.run(
        [str(shutil.which("sh")), FIND_PYTHON, "-c", "import os; print(os.environ['CHOSEN'])"],
        capture_output=True,
        text=True,
        env={"PATH": f"{folder}:{tools}", **variables},
    )


def passes_for(name: str) -> str:
    return f'CHOSEN={name} exec "{sys.executable}" "$@"'


def test_python_is_tried_by_running_it(tmp_path):
    """A version manager's shim is on PATH and fails; the plain `python3` works."""
    bin_folder = tmp_path / "bin"
    pretend(bin_folder, "python3.12", "echo no such version >&2; exit 127")
    pretend(bin_folder, "python3", passes_for("python3"))
    assert find_python(bin_folder).stdout == "python3\n"


def test_the_python_named_by_the_user_comes_first(tmp_path):
    bin_folder = tmp_path / "bin"
    pretend(bin_folder, "python3.12", passes_for("python3.12"))
    own = pretend(tmp_path / "with a space", "python", passes_for("own"))
    assert find_python(bin_folder, PYTHON=str(own)).stdout == "own\n"


def test_a_wrong_python_named_by_the_user_is_told_and_passed_over(tmp_path):
    bin_folder = tmp_path / "bin"
    pretend(bin_folder, "python3.12", passes_for("python3.12"))
    old = pretend(tmp_path / "old", "python", "exit 1")
    asked = find_python(bin_folder, PYTHON=str(old))
    assert asked.stdout == "python3.12\n"
    assert str(old) in asked.stderr


def test_without_python_one_sentence_says_what_to_do(tmp_path):
    bin_folder = tmp_path / "bin"
    pretend(bin_folder, "python3", "exit 1")
    asked = find_python(bin_folder)
    assert asked.returncode == 1
    assert asked.stderr.count("\n") == 1
    assert "Python 3.12" in asked.stderr
    assert "PYTHON=" in asked.stderr


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """`tools/environment.py` on an empty folder; `did` lists what it would have installed."""
    location = PROJECT / "tools" / "environment.py"
    specification = importlib.util.spec_from_file_location("environment_under_test", location)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    for name in ("ENVIRONMENT", "PYTHON", "UV_FOLDER", "UV", "RECORD", "MUTEX"):
        moved = tmp_path / getattr(module, name).relative_to(PROJECT)
        monkeypatch.setattr(module, name, moved)
    module.did = []
    module.is_uv_working = True

    def create() -> None:
        module.did.append("create")
        shutil.rmtree(module.ENVIRONMENT, ignore_errors=True)
        module.PYTHON.parent.mkdir(parents=True)
        module.PYTHON.symlink_to(sys.executable)

    def sync_with_uv(lock: Path) -> bool:
        module.did.append(f"uv {lock.name}")
        return module.is_uv_working

    monkeypatch.setattr(module, "create", create)
    monkeypatch.setattr(module, "have_uv", lambda: True)
    monkeypatch.setattr(module, "sync_with_uv", sync_with_uv)
    monkeypatch.setattr(module, "sync_with_pip", lambda lock: module.did.append(f"pip {lock.name}"))
    return module


def test_a_complete_environment_is_left_alone(environment):
    environment.install("runtime")
    environment.install("runtime")
    assert environment.did == ["create", "uv requirements.txt"]


def test_a_development_environment_is_never_thinned_out(environment, monkeypatch):
    environment.install("runtime")
    environment.install("development")
    environment.install("runtime")
    assert environment.did == ["create", "uv requirements.txt", "uv requirements-dev.txt"]
    # Even when the lock has changed meanwhile.
    environment.write_record({**environment.record(), "lock": "older"})
    environment.install("runtime")
    assert environment.did[-1] == "uv requirements-dev.txt"


def test_an_interrupted_installation_is_never_believed_and_begun_anew(environment, monkeypatch):
    def interrupted(lock: Path) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(environment, "sync_with_uv", interrupted)
        with pytest.raises(KeyboardInterrupt):
            environment.install("development")
    assert environment.record()["is_complete"] is False
    environment.install("runtime")
    assert environment.did == ["create", "create", "uv requirements-dev.txt"]
    assert environment.record() == environment.target("development")


def test_pip_takes_over_where_uv_fails(environment):
    environment.is_uv_working = False
    environment.install("runtime")
    assert environment.did == ["create", "uv requirements.txt", "pip requirements.txt"]


@pytest.mark.parametrize("change", [{"lock": "older"}, {"project": "older"}, {"folder": "elsewhere"}])
def test_a_changed_lock_project_or_place_installs_again(environment, monkeypatch, change):
    environment.install("runtime")
    environment.write_record({**environment.record(), **change})
    monkeypatch.setattr(environment, "create", lambda: environment.did.append("create again"))
    environment.install("runtime")
    assert environment.did[-1] == "uv requirements.txt"
    assert ("create again" in environment.did) == ("folder" in change)


def test_another_projects_environment_behind_a_link_is_left_alone(environment, tmp_path):
    theirs = tmp_path / "theirs"
    (theirs / "bin").mkdir(parents=True)
    (theirs / "bin" / "python").write_text("not ours")
    environment.ENVIRONMENT.symlink_to(theirs, target_is_directory=True)
    with environment.alone():
        assert not environment.ENVIRONMENT.is_symlink()
    assert (theirs / "bin" / "python").read_text() == "not ours"


def test_an_environment_whose_python_has_gone_is_built_anew(environment):
    environment.install("runtime")
    environment.PYTHON.unlink()
    environment.PYTHON.symlink_to(environment.ENVIRONMENT / "gone")
    environment.install("runtime")
    assert environment.did.count("create") == 2


def test_a_package_mirror_set_for_pip_is_known_to_uv(environment, tmp_path, monkeypatch):
    """uv does not read pip's settings; without this a mirror's users would wait for a distant index."""
    environment.install("runtime")
    environment.UV.parent.mkdir(parents=True)
    seen = tmp_path / "seen"
    pretend(environment.UV.parent, "uv", f'echo "$UV_DEFAULT_INDEX" > "{seen}"')
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    monkeypatch.setattr(environment, "SURROUNDINGS", dict(os.environ))
    environment.run_uv("pip", "list")
    assert seen.read_text() == "https://mirror.example/simple\n"
