"""The notebook's kernel, spoken to through files instead of network ports."""

import os
from typing import Any

from jupyter_client import AsyncKernelManager

SOCKET_PATH_MOST = 90
"""Longest folder for a socket: the system allows about 108 characters for the whole path."""


class LocalKernelManager(AsyncKernelManager):
    """A kernel behind Unix sockets, which only this user can open; TCP where the system has none."""

    def __init__(self, *args: Any, **traits: Any) -> None:
        from jupyter_core.paths import jupyter_runtime_dir

        if os.name == "posix" and len(jupyter_runtime_dir()) <= SOCKET_PATH_MOST - 45:
            traits.setdefault("transport", "ipc")
        super().__init__(*args, **traits)
