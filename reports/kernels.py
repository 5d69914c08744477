"""The notebook's kernel, spoken to through files instead of network ports."""

import os
from pathlib import Path
from typing import Any
from uuid import uuid4

from jupyter_client import AsyncKernelManager

FOLDER_MOST = 52
"""Longest folder for a kernel's sockets: their names take 50 characters, and systems allow 103 or 107 for the whole."""


class LocalKernelManager(AsyncKernelManager):
    """A kernel behind Unix sockets, which only this user can open; TCP where the system has none.

    The sockets are named after the kernel. By default every kernel of a working folder would take the first free of
    the same few names, and of two that start at once one would speak to the other's client.
    """

    def __init__(self, *args: Any, **traits: Any) -> None:
        from jupyter_core.paths import jupyter_runtime_dir

        folder = Path(jupyter_runtime_dir())
        if os.name == "posix" and len(str(folder)) <= FOLDER_MOST:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            traits.setdefault("transport", "ipc")
            traits.setdefault("connection_file", str(folder / f"kernel-{uuid4().hex}.json"))
        super().__init__(*args, **traits)
