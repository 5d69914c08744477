"""How loops are compiled, and where the machine code is kept.

numba notices an edit of a loop's own file, but not of the functions that it calls. So the code of each state of the
sources lies in a folder of its own, named by their hash: a private folder in the user's cache, else in the machine's
folder for temporary files, never in the source tree. Where none can be had, loops are compiled anew in each process.
"""

import hashlib
import inspect
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import numba
from numba.core import config
from numba.extending import register_jitable


def shared(module: ModuleType, *names: str) -> None:
    """Let compiled loops call functions of a module (all of its own when none is named), which stay what they are."""
    for name, thing in vars(module).items():
        is_own = inspect.isfunction(thing) and thing.__module__ == module.__name__
        if is_own and (not names or name in names):
            register_jitable(thing)


def compiled[F: Callable[..., Any]](sources: Sequence[ModuleType]) -> Callable[[F], F]:
    """Compile a loop, in exact integers, and keep its machine code for the next process.

    Args:
        sources: modules whose functions it calls.
    """

    def compile_one(loop: F) -> F:
        dispatcher = numba.njit(loop)
        folder = code_folder(tuple(Path(str(one.__file__)) for one in (*sources, sys.modules[loop.__module__])))
        if folder is not None:
            before: str = vars(config)["CACHE_DIR"]
            vars(config)["CACHE_DIR"] = str(folder)
            try:
                dispatcher.enable_caching()
            finally:
                vars(config)["CACHE_DIR"] = before
        return cast(F, dispatcher)

    return compile_one


@cache
def code_folder(sources: tuple[Path, ...]) -> Path | None:
    """A private folder for the code of these sources, None where there is no place for one."""
    told = hashlib.sha256()
    for source in (*sources, Path(__file__)):
        told.update(source.read_bytes())
    for place in _places():
        folder = place / "kernels" / told.hexdigest()[:16]
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            for one in (place, folder.parent, folder):
                one.mkdir(mode=0o700, exist_ok=True)
            if all(_is_ours(one) for one in (place, folder.parent, folder)) and os.access(folder, os.W_OK | os.X_OK):
                return folder
        except OSError:
            continue
    return None


def _places() -> list[Path]:
    """Where code may be kept, the best first."""
    told = os.environ.get("XDG_CACHE_HOME")
    homes = [Path(told)] if told and Path(told).is_absolute() else []
    with suppress(RuntimeError):  # a user without a home
        homes.append(Path.home() / ".cache")
    owner = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    return [*(home / "creditlab" for home in homes), Path(tempfile.gettempdir()) / f"creditlab-{owner}"]


def _is_ours(folder: Path) -> bool:
    """Whether nobody else can put code there."""
    if not hasattr(os, "getuid"):
        return True
    known = folder.lstat()
    is_open = known.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(known.st_mode) and known.st_uid == os.getuid() and not is_open
