"""What differs between two settings is taken up by whom it concerns, and nobody else."""

from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from monitor import changes
from monitor.changes import Changes, compare
from monitor.settings import (
    Database,
    Engine,
    Log,
    Metrics,
    Models,
    Rule,
    Secrets,
    Settings,
    Source,
    Web,
)

A = Source(name="a", path="/a.log")
OLD = Settings(sources=(A,))


def changed(**values: Any) -> Changes:
    return compare(OLD, structs.replace(OLD, **values))


def test_the_same_settings_change_nothing() -> None:
    found = changed()
    assert found.are_none
    assert found == Changes((), False, False, False, ())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("data", Path("elsewhere")),
        ("database", Database(url="sqlite:///x.db")),
        ("secrets", Secrets(key="x" * 43)),
    ],
)
def test_some_are_kept_until_a_restart(name: str, value: Any) -> None:
    assert changed(**{name: value}).fixed == (name,)


@pytest.mark.parametrize(
    ("values", "engine", "feeds", "web"),
    [
        ({"detectors": {"brute_force": {"failures": 9}}}, True, False, False),
        ({"engine": Engine(batch=7)}, True, False, False),
        ({"rules": {"*": Rule(seats=2)}}, True, False, False),
        ({"models": Models(enabled=False)}, True, False, False),
        ({"sources": (A, Source(name="b", glob="/b*"))}, False, True, False),
        ({"tenant": "acme"}, False, True, False),
        ({"web": Web(processes=3)}, False, False, True),
        ({"metrics": Metrics(token="x" * 20)}, False, False, True),
        ({"log": Log(level="error")}, False, False, True),
    ],
)
def test_each_goes_to_whom_it_concerns(
    values: dict[str, Any], engine: bool, feeds: bool, web: bool
) -> None:
    found = changed(**values)
    assert (found.engine, found.feeds, found.web) == (engine, feeds, web)
    assert found.fixed == ()


def test_what_changed_is_told_by_its_keys_and_without_values() -> None:
    found = changed(
        metrics=Metrics(token="a secret of some length"),
        detectors={"brute_force": {"failures": 9}},
        language="fr",
        sources=(structs.replace(A, format="sshd"), Source(name="b", path="/b")),
    )
    assert found.keys == (
        "detectors.brute_force",
        "language",
        "metrics.token",
        "sources.a",
        "sources.b (new)",
    )
    assert compare(OLD, structs.replace(OLD, sources=())).keys == ("sources.a (gone)",)


@pytest.mark.parametrize("name", [*Settings.__struct_fields__])
def test_whatever_is_changed_somebody_takes_it_up(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setting of tomorrow, too, is not silently left as it was."""
    monkeypatch.setattr(changes, "_differs", lambda old, new, which: which == name)
    found = compare(OLD, OLD)
    assert found.fixed or found.engine or found.feeds or found.web or found.beside


def test_of_what_is_not_known_everybody_is_told() -> None:
    assert not changes._is_known({"web", "tomorrow"})
