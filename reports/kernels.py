"""The notebook's kernel, spoken to through files instead of network ports."""

import os
from typing import Any

from jupyter_client import AsyncKernelManager

FOLDER_MOST = 52
"""Longest folder for a kernel's sockets: their names take 50 characters, and systems allow 103 or 107 for the whole."""


class LocalKernelManager(AsyncKernelManager):
    """A kernel behind Unix sockets, which only this user can open; TCP where the system has none."""

    def __init__(self, *args: Any, **traits: Any) -> None:
        from jupyter_core.paths import jupyter_runtime_dir

        if os.name == "posix" and len(jupyter_runtime_dir()) <= FOLDER_MOST:
            traits.setdefault("transport", "ipc")
        super().__init__(*args, **traits)
