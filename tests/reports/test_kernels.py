"""Reports that are built side by side never speak to each other's kernel."""

import os

import pytest

from reports.kernels import LocalKernelManager

MOST = 103
"""The longest name of a Unix socket on the strictest of the usual systems."""


@pytest.mark.skipif(os.name != "posix", reason="Unix sockets only")
def test_every_kernel_has_sockets_of_its_own_with_names_that_fit():
    kernels = [LocalKernelManager(kernel_name="python3") for _ in range(8)]
    assert {kernel.transport for kernel in kernels} <= {"ipc", "tcp"}
    sockets = [f"{kernel.ip}-{port}" for kernel in kernels if kernel.transport == "ipc" for port in range(1, 6)]
    assert len(set(sockets)) == len(sockets)
    assert all(len(name) <= MOST for name in sockets)
