"""Where a report comes from: commit, lock, sources, versions. No machine, no path, no clock."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from credit.files import PROJECT, sha256_of_file, sha256_of_text

LOCK = PROJECT / "requirements.txt"
PACKAGES = ("mesa", "numpy", "pandas", "scipy", "scikit-learn", "pyarrow", "matplotlib", "papermill", "typst")
UNKNOWN = "unknown"

SOURCES = ("credit", "sim", "reports", "notebooks/reports", "data")
SUFFIXES = {".py", ".yaml", ".json", ".typ", ".lua", ".css", ".html", ".ipynb", ".otf"}


class Provenance(BaseModel):
    """What made a report, as far as it can change a byte of it.

    Attributes:
        commit: the Git commit; "unknown" outside a checkout.
        committed_at: when that commit was made, seconds since 1970 UTC; 0 where unknown.
        is_dirty: whether tracked files differ from the commit.
        lock_hash: SHA-256 of the runtime lock.
        sources_hash: SHA-256 over the sources, texts, data and fonts that a report reads.
        versions: Python and the packages that compute and print, by name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    commit: str
    committed_at: int
    is_dirty: bool
    lock_hash: str
    sources_hash: str
    versions: dict[str, str]


def provenance() -> Provenance:
    """The state of the checkout and its packages now."""
    import pypandoc

    commit = _git("rev-parse", "HEAD")
    made = _git("show", "-s", "--format=%ct", "HEAD") if commit else None
    versions = {"python": platform.python_version()}
    for package in ("creditlab", *PACKAGES):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = UNKNOWN
    versions["pandoc"] = pypandoc.get_pandoc_version()
    return Provenance(
        commit=commit or UNKNOWN,
        committed_at=int(made) if made else 0,
        is_dirty=bool(commit) and bool(_git("status", "--porcelain", "--untracked-files=no")),
        lock_hash=sha256_of_file(LOCK) if LOCK.is_file() else UNKNOWN,
        sources_hash=_sources_hash(),
        versions=versions,
    )


def _sources_hash() -> str:
    """One hash over every file that may change the report, by name and content."""
    files = sorted(
        path
        for folder in SOURCES
        for path in (PROJECT / folder).rglob("*")
        if path.suffix in SUFFIXES and "output" not in path.parts and not path.name.startswith(".")
    )
    return sha256_of_text("\n".join(f"{_name(path)} {sha256_of_file(path)}" for path in files))


def _name(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def _git(*arguments: str) -> str | None:
    """What Git answers; None without Git or outside a checkout."""
    try:
        done = subprocess.run(
            ["git", "-C", str(PROJECT), *arguments], capture_output=True, text=True, check=True, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
