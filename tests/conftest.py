"""What several tests share: the public data sets and the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from hypothesis import settings
from typer.testing import CliRunner

from credit import real_data as real

# the same examples in every run, and no deadline that a busy machine would miss
settings.register_profile("creditlab", deadline=None, derandomize=True)
settings.load_profile("creditlab")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of public data sets; skips where it is absent."""
    folder = real.folder()
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set {real.VARIABLE} (data/README.md says where to get each set)")
    return folder


@pytest.fixture(scope="session")
def command() -> Callable[..., Result]:
    """Call `creditlab` in this process: `command("fit", "li2018", path, "--json")` gives exit code and both streams."""
    from lab.cli import app

    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])
