"""What determines a result, as hashes: the rules, the data files they read, the locked packages."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from credit.files import DATA, PROJECT, sha256_of_file

RULES = ("credit", "sim")
"""The packages whose sources can change what a market does."""

DATA_READ = ("parameters", "products", "policies", "models", "wrappers", "calendars")
"""The folders of `data/` that a market reads; a test watches it read. Each scenario carries a hash of its own."""


@dataclass(frozen=True)
class Provenance:
    """SHA-256 of everything outside a run's own arguments that its result depends on.

    Attributes:
        rules: the sources of `credit` and `sim`.
        data: the parameter, product, policy and model files.
        packages: the lock of the runtime packages; "absent" where the laboratory runs without its checkout.
    """

    rules: str
    data: str
    packages: str


def provenance() -> Provenance:
    """The state of sources, data and lock on disk now (a few milliseconds)."""
    lock = PROJECT / "requirements.txt"
    return Provenance(
        rules=hash_of_files(path for package in RULES for path in (PROJECT / package).rglob("*.py")),
        data=hash_of_files(path for folder in DATA_READ for path in (DATA / folder).rglob("*") if path.is_file()),
        packages=sha256_of_file(lock) if lock.is_file() else "absent",
    )


def hash_of_files(paths: Iterable[Path]) -> str:
    """One SHA-256 over files of the project by name and content, whatever the order they are found in.

    Hidden files are left out: editors and file managers drop them anywhere, and no rule reads them.
    """
    digest = hashlib.sha256()
    project = len(PROJECT.as_posix()) + 1  # five times as quick as `relative_to`, twice a run over some 900 files
    named = ((path.as_posix()[project:], path) for path in paths if not path.name.startswith("."))
    for name, path in sorted(named):
        digest.update(f"{name} {sha256_of_file(path)}\n".encode())
    return digest.hexdigest()
