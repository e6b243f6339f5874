"""What placed addresses before is there to be asked, for as long as it matters and no longer."""

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from detectors.core.event import DAY
from monitor.geodata import lineage
from monitor.geodata.folder import GeoFolder
from monitor.geodata.lineage import LAST, MEMORY, Lineage

START = 1_790_000_000_000


class Machine:
    """A data folder, and databases whose content tells their version."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lineage = Lineage(GeoFolder(path / "var"))

    def begin(self, version: str, day: float) -> str | None:
        """An engine begins with databases of this version; the version of those before."""
        files = {}
        for name in ("city", "asn"):
            files[name] = self.path / f"{name}.mmdb"
            part = self.path / "part"
            part.write_text(f"{name} {version}")
            part.rename(files[name])
        before = self.lineage.succeed(files, version, START + round(day * DAY))
        if before is None:
            return None
        told = {name: path.read_text().split() for name, path in before.items()}
        assert [name for name, (named, _) in told.items() if name == named] == ["city", "asn"]
        assert told["city"][1] == told["asn"][1]
        return told["city"][1]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_first_have_none_before_them(machine: Machine) -> None:
    assert machine.begin("one", 0) is None
    assert machine.begin("one", 40) is None


def test_those_before_are_kept_over_restarts_until_others_come(machine: Machine) -> None:
    machine.begin("one", 0)
    assert machine.begin("two", 30) == "one"
    assert machine.begin("two", 31) == "one"
    assert machine.begin("three", 60) == "two"


def test_they_are_given_up_after_a_month(machine: Machine) -> None:
    machine.begin("one", 0)
    assert machine.begin("two", 30) == "one"
    assert machine.begin("two", 30 + MEMORY / DAY) == "one"
    assert machine.begin("two", 31 + MEMORY / DAY) is None
    assert not (machine.path / "var" / "geo" / "before").exists()


def test_frequent_updates_do_not_push_out_what_was_used_a_fortnight_ago(
    machine: Machine,
) -> None:
    machine.begin("one", 0)
    assert [machine.begin(f"week-{n}", 30 + 3.5 * n) for n in range(4)] == ["one"] * 4
    assert machine.begin("late", 31 + LAST / DAY + 3) == "week-3"


def test_who_goes_back_has_nothing_to_compare_with(machine: Machine) -> None:
    machine.begin("one", 0)
    machine.begin("two", 30)
    assert machine.begin("one", 31) is None
    assert machine.begin("three", 32) == "one"


@pytest.mark.parametrize("step", range(1, 10))
def test_killed_at_any_step_it_goes_on_without_a_wrong_answer(machine: Machine, step: int) -> None:
    machine.begin("zero", 0)
    machine.begin("one", 30)
    done = 0

    def dying(real: Any) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            nonlocal done
            done += 1
            if done == step:
                raise OSError(5, "killed here")
            return real(*given, **named)

        return call

    with (
        patch.object(lineage, "twin", dying(lineage.twin)),
        patch.object(lineage, "_write", dying(lineage._write)),
        patch.object(shutil, "rmtree", dying(shutil.rmtree)),
        patch.object(Path, "mkdir", dying(Path.mkdir)),
        patch.object(Path, "rename", _all_but_parts(dying(Path.rename))),
        suppress(OSError),
    ):
        machine.begin("two", 60)
    assert done >= min(step, 7)
    # What was there before the last is better than a wrong one, and nothing is, too.
    assert machine.begin("two", 60.1) in ("one", None)
    assert machine.begin("three", 90) == "two"


def _all_but_parts(dying: Any) -> Any:
    def rename(path: Path, target: Path) -> Path:
        done: Path = (path.replace if path.name == "part" else dying.__get__(path))(target)
        return done

    return rename
