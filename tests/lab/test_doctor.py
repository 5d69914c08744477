"""`creditlab doctor` names what is missing and the command that mends it, also when half the installation is gone."""

import importlib.metadata
import json
import shutil
import subprocess
import sys

import pytest

from lab import examinations, locks
from lab.examinations import EXAMINATIONS, examine

# What the work needs, with the packages whose loss the doctor must survive.
NEEDED = {
    "typst": "typst",
    "pandoc": "pypandoc",
    "notebook kernel": "jupyter_client.manager",
    "fonts": "fontTools.ttLib",
    "packages": "packaging.markers",
    "real data": "yaml",
}


@pytest.fixture
def only(monkeypatch):
    """Run one examination by name and give its finding."""

    def run(about: str) -> examinations.Finding:
        monkeypatch.setattr(examinations, "EXAMINATIONS", {about: EXAMINATIONS[about]})
        (finding,) = examine()
        return finding

    return run


def test_this_installation_has_what_it_needs(command):
    result = command("doctor", "--json")
    answer = json.loads(result.stdout)
    missing = [one for one in answer["findings"] if one["state"] == "missing"]
    assert not missing
    assert answer["is_healthy"] is True
    assert result.exit_code == 0
    assert [one["about"] for one in answer["findings"]] == list(EXAMINATIONS)


@pytest.mark.parametrize("about", NEEDED)
def test_an_absent_package_is_a_finding_with_a_remedy_not_a_crash(about, only, monkeypatch):
    for name in [known for known in sys.modules if known.split(".")[0] == "credit"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, NEEDED[about], None)
    finding = only(about)
    assert finding.state == "missing"
    assert NEEDED[about].split(".")[0] in finding.found
    assert finding.remedy == examinations.REPAIR


def test_a_missing_need_ends_with_exit_code_1_and_still_one_json_object(command, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    monkeypatch.setattr(
        examinations, "EXAMINATIONS", {about: EXAMINATIONS[about] for about in ("Python", "typst", "commit")}
    )
    result = command("doctor", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["is_healthy"] is False


def test_without_a_package_that_the_command_itself_needs_one_sentence_is_left():
    without = "import sys; sys.modules['pydantic'] = None; sys.argv = ['creditlab', 'doctor']"
    code = f"{without}; from lab.cli import main; main()"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=locks.PROJECT)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert f"pydantic is not installed ({examinations.REPAIR})" in ended.stderr


@pytest.fixture
def installed(monkeypatch):
    """Pretend other versions: `installed["numpy"] = "1.0"`, or None for a package that is gone."""
    changed: dict[str, str | None] = {}
    true_version = importlib.metadata.version

    def version(name: str) -> str:
        if changed.get(name, "") is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return changed.get(name) or true_version(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    return changed


def test_an_uninstalled_package_is_missing_by_name(only, installed):
    installed["lifelines"] = None
    finding = only("packages")
    assert finding.state == "missing"
    assert "absent: lifelines" in finding.found


def test_another_version_than_the_locked_one_is_a_warning(only, installed):
    installed["numpy"] = "1.0"
    finding = only("packages")
    assert finding.state == "warn"
    assert "numpy 1.0 in place of" in finding.found
    assert finding.remedy == examinations.REPAIR


def test_without_development_packages_the_work_goes_on(only, installed):
    development = {pin.name for pin in locks.read_lock(locks.DEVELOPMENT_LOCK)}
    installed |= dict.fromkeys(development - {pin.name for pin in locks.read_lock(locks.RUNTIME_LOCK)})
    assert only("development packages").state == "warn"


def test_a_lock_older_than_its_requirements_is_told(only, monkeypatch, tmp_path):
    stale = tmp_path / "requirements.txt"
    stale.write_text("# made long ago\n")
    monkeypatch.setattr(examinations, "LOCKS", (stale,))
    finding = only("locks")
    assert (finding.state, finding.remedy) == ("warn", "make lock")


def test_fonts_without_chinese_are_missing(only, monkeypatch, tmp_path):
    latin = examinations.FONTS / "LabSans-Regular.otf"
    shutil.copy(latin, tmp_path)
    monkeypatch.setattr(examinations, "FONTS", tmp_path)
    finding = only("fonts")
    assert finding.state == "missing"
    assert "信" in finding.found
    (tmp_path / latin.name).unlink()
    assert only("fonts").state == "missing"


def test_a_full_disk_is_told_before_the_work_fails(only, monkeypatch):
    usage = shutil.disk_usage(locks.PROJECT)
    for free_mb, state in ((10, "missing"), (1000, "warn"), (100_000, "ok")):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free_mb * 10**6: usage._replace(free=free))
        assert only("disk").state == state


def test_absent_real_data_names_the_proofs_that_fall_away(only, monkeypatch, tmp_path):
    from credit import real_data

    monkeypatch.setenv(real_data.VARIABLE, str(tmp_path))
    finding = only("real data")
    assert finding.state == "warn"
    assert all(proof.title in finding.found for proof in real_data.PROOFS)
    assert real_data.VARIABLE in finding.remedy


def test_a_copy_without_git_is_a_warning(only, monkeypatch, tmp_path):
    monkeypatch.setattr(examinations, "PROJECT", tmp_path)
    assert only("commit").state == "warn"


def test_markup_in_what_was_found_is_shown_as_it_stands(command, monkeypatch):
    monkeypatch.setattr(
        examinations, "EXAMINATIONS", {"typst": (lambda: ("missing", "no such [/extra] thing", "pip install x[y]"), "")}
    )
    result = command("doctor")
    assert "no such [/extra] thing" in result.stdout
    assert "pip install x[y]" in result.stdout
