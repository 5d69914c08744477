"""What the doctor looks at; works on a half-broken installation, because each examination imports what it needs."""

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lab.locks import DEVELOPMENT_LOCK, LOCKS, PROJECT, RUNTIME_LOCK, Pin, is_current, read_lock

State = Literal["ok", "warn", "missing"]
IS_OWN_ENVIRONMENT = Path(sys.prefix).resolve() == (PROJECT / ".venv").resolve()
REPAIR = "make repair" if IS_OWN_ENVIRONMENT else "python -m pip install -r requirements-dev.txt"
SPACE_FOR_A_REPORT_MB = 500
SPACE_FOR_SETTING_UP_MB = 3000
"""The development environment takes 1.4 GB and uv's cache about as much again."""

FONTS = PROJECT / "reports" / "fonts"
FONT_PROOF = "Credit 信用 ￥"
KERNEL_SECONDS = 60


@dataclass(frozen=True)
class Finding:
    """What one examination found.

    Attributes:
        about: what was examined.
        state: ok; warn: something is worse but the work goes on; missing: something needed is not there.
        found: what is there, in words.
        remedy: the command or step that mends it.
    """

    about: str
    state: State
    found: str
    remedy: str | None = None


def examine(done: Callable[[], None] = lambda: None) -> list[Finding]:
    """Every finding, in the order of `EXAMINATIONS`; `done` is called after each one."""
    findings = []
    for about, (examination, remedy) in EXAMINATIONS.items():
        try:
            state, found, mend = examination()
        except ImportError as error:
            state, found, mend = "missing", f"{error}", REPAIR
        except Exception as error:
            state, found, mend = "missing", f"{type(error).__name__}: {error}", remedy
        findings.append(Finding(about, state, " ".join(found.split()), None if state == "ok" else mend or remedy))
        done()
    return findings


Result = tuple[State, str, str | None]


def python() -> Result:
    """The interpreter's version."""
    found = f"{platform.python_version()} ({sys.executable})"
    return ("ok" if sys.version_info[:2] == (3, 12) else "missing"), found, None


def runtime_packages() -> Result:
    """Every package that the work needs, at the locked version."""
    return _packages(read_lock(RUNTIME_LOCK), "missing")


def development_packages() -> Result:
    """The packages that only tests and JupyterLab need."""
    needed = {pin.name for pin in read_lock(RUNTIME_LOCK)}
    pins = [pin for pin in read_lock(DEVELOPMENT_LOCK) if pin.name not in needed]
    if IS_OWN_ENVIRONMENT and _installed_version("pytest") is None:
        return "warn", "not installed; tests, JupyterLab and benchmarks install them by themselves", "make development"
    return _packages(pins, "warn")


def _packages(pins: Iterable[Pin], state_if_absent: State) -> Result:
    applying = [pin for pin in pins if _applies_here(pin)]
    installed = {pin.name: _installed_version(pin.name) for pin in applying}
    absent = [f"{pin.name} {pin.version}" for pin in applying if installed[pin.name] is None]
    other = [
        f"{pin.name} {installed[pin.name]} in place of {pin.version}"
        for pin in applying
        if installed[pin.name] not in (None, pin.version)
    ]
    at_lock = f"{len(applying) - len(absent) - len(other)} of {len(applying)} at the locked version"
    if not absent and not other:
        return "ok", at_lock, None
    told = [at_lock] + ([f"absent: {', '.join(absent)}"] if absent else []) + other
    return (state_if_absent if absent else "warn"), "; ".join(told), None


def _applies_here(pin: Pin) -> bool:
    if pin.marker is None:
        return True
    from packaging.markers import Marker

    return Marker(pin.marker).evaluate()


def _installed_version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def locks() -> Result:
    """Whether the locks were made from the requirements that `pyproject.toml` states."""
    stale = [lock.name for lock in LOCKS if not is_current(lock)]
    if stale:
        return "warn", f"older than the requirements in pyproject.toml: {', '.join(stale)}", None
    return "ok", f"{', '.join(lock.name for lock in LOCKS)} agree with pyproject.toml", None


def fonts() -> Result:
    """The report's own fonts, with Chinese characters and licences."""
    from fontTools.ttLib import TTFont

    files = sorted([*FONTS.glob("*.otf"), *FONTS.glob("*.ttf")])
    if not files:
        return "missing", "no font in reports/fonts: reports would look different on every machine", None
    covered = {path.name: set(TTFont(path, lazy=True).getBestCmap()) for path in files}
    lacking = [sign for sign in FONT_PROOF if not any(ord(sign) in signs for signs in covered.values())]
    if lacking:
        return "missing", f"no font in reports/fonts has {' '.join(lacking)}", None
    if not list(FONTS.glob("*OFL*")):
        return "warn", "the fonts stand there without their licence", None
    widest = max(covered, key=lambda name: len(covered[name]))
    return "ok", f"{len(files)} fonts in reports/fonts, {widest} with {len(covered[widest]):,} characters", None


def kernel() -> Result:
    """A notebook kernel of this environment, started and asked."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(startup_timeout=KERNEL_SECONDS, kernel_name="python3", stderr=subprocess.DEVNULL)
    try:
        answer: list[str] = []
        client.execute_interactive(
            "import sys; print(sys.prefix, end='')",
            timeout=KERNEL_SECONDS,
            output_hook=lambda message: answer.append(message["content"].get("text", "")),
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    prefix = "".join(answer)
    if Path(prefix).resolve() != Path(sys.prefix).resolve():
        return "warn", f"the kernel python3 runs in another environment: {prefix}", None
    return "ok", "the kernel python3 starts and answers", None


def typst() -> Result:
    """A one-line PDF/UA document."""
    import typst as compiler

    source = b'#set document(title: "T")\n#set text(lang: "en")\n= T'
    fonts_of_reports = compiler.Fonts(include_system_fonts=False, font_paths=[str(FONTS)])
    document = compiler.compile(source, font_paths=fonts_of_reports, format="pdf", pdf_standards="ua-1")
    is_pdf = isinstance(document, bytes) and document.startswith(b"%PDF")
    found = f"typst {importlib.metadata.version('typst')} "
    return ("ok", found + "writes PDF/UA", None) if is_pdf else ("missing", found + "writes no PDF", None)


def pandoc() -> Result:
    """A one-line conversion from Markdown to Typst and HTML."""
    import pypandoc

    converted = {to: pypandoc.convert_text("*so*", to, format="markdown").strip() for to in ("typst", "html")}
    found = f"pandoc {pypandoc.get_pandoc_version()} "
    if converted != {"typst": "#emph[so]", "html": "<p><em>so</em></p>"}:
        return "warn", f"{found}converts in another way than expected: {converted}", None
    return "ok", found + "converts Markdown to Typst and HTML", None


def disk() -> Result:
    """Room, and the right to write where runs and reports go."""
    with tempfile.NamedTemporaryFile(dir=PROJECT):
        free_mb = shutil.disk_usage(PROJECT).free // 10**6
    found = f"{free_mb:,} MB free in {PROJECT}, writable"
    if free_mb < SPACE_FOR_A_REPORT_MB:
        return "missing", found, None
    return ("ok" if free_mb >= SPACE_FOR_SETTING_UP_MB else "warn"), found, None


def real_data() -> Result:
    """The public data sets that proofs are made on."""
    from credit import real_data as real

    absent = real.skipped_proofs()
    if not absent:
        return "ok", f"{len(real.PROOFS)} data sets in {real.folder()}", None
    told = "; ".join(f"{proof.title} ({proof.file})" for proof in absent)
    mend = f"set {real.VARIABLE} to the folder that holds them (data/README.md says where to get each)"
    return "warn", f"absent in {real.folder()}, so these proofs are left out of report and tests: {told}", mend


def commit() -> Result:
    """The state of the sources that a report names as its origin."""
    asked = ("git", "-C", str(PROJECT))
    try:
        revision = subprocess.run([*asked, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
        changes = subprocess.run([*asked, "status", "--porcelain"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "warn", "no git checkout: reports cannot name the commit they come from", None
    changed = len(changes.stdout.splitlines())
    told = revision.stdout.strip() + (f", with {changed} files changed since" if changed else "")
    return ("warn" if changed else "ok"), told, "git commit"


def machine() -> Result:
    """Processors that may be used, for the runs side by side."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return "ok", f"{cores} processor cores, {platform.platform()}", None


EXAMINATIONS: dict[str, tuple[Callable[[], Result], str]] = {
    "Python": (python, f"install Python 3.12, then: {REPAIR}"),
    "machine": (machine, REPAIR),
    "packages": (runtime_packages, REPAIR),
    "development packages": (development_packages, REPAIR),
    "locks": (locks, "make lock"),
    "fonts": (fonts, "git checkout -- reports/fonts"),
    "notebook kernel": (kernel, REPAIR),
    "typst": (typst, REPAIR),
    "pandoc": (pandoc, REPAIR),
    "disk": (disk, "free some space, or move the checkout to a folder you may write to"),
    "real data": (real_data, REPAIR),
    "commit": (commit, "git clone the project instead of copying its files"),
}
"""What is examined, how, and what mends it unless the examination knows better."""
