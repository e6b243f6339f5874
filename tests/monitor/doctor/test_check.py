"""Checks are found in their folder, and what is only worth a note is nothing bad."""

from pathlib import Path

from monitor import doctor
from monitor.doctor.check import examine, looks, note
from monitor.settings import load


def test_every_module_of_the_folder_but_this_one_looks_at_something() -> None:
    modules = {path.stem for path in Path(doctor.__path__[0]).glob("*.py")}
    assert set(looks()) == modules - {"__init__", "check", "configuration"}
    assert {"database", "disk", "sources"} <= set(looks())


def test_a_note_is_good_and_says_what_may_be_done() -> None:
    told = note("backups", "none yet", "make one")
    assert (told.good, told.noted, told.remedy) == (True, True, "make one")


def test_what_is_bad_says_what_was_seen_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "vigie.db").write_bytes(b"no database" * 100)
    settings = load(None, {"VIGIE_DATA": str(tmp_path), "HOME": str(tmp_path)})
    checks = list(examine(settings))
    names = [check.name for check in checks]
    assert sorted(set(names)) == sorted(names), "two checks of one name"
    assert {check.name for check in checks if not check.good} >= {"database"}
    assert all(check.seen and check.remedy for check in checks if not check.good)
