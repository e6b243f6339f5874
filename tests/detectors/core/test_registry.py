"""Discovery: every detector, by name, with the parameters given."""

import sys
from types import ModuleType

import msgspec
import pytest

import detectors
from detectors.core import registry
from detectors.impossible_travel import ImpossibleTravel
from tests.detectors import planted


def test_detectors_are_found_by_what_they_say_of_themselves() -> None:
    known = registry.classes()
    assert list(known) == sorted(known)
    assert known["impossible_travel"] is ImpossibleTravel


def test_one_of_each_with_its_defaults() -> None:
    loaded = registry.load()
    assert [d.about.name for d in loaded] == list(registry.classes())
    assert all(d.parameters == type(d.parameters)() for d in loaded)


def test_parameters_are_overridden_by_name() -> None:
    loaded = {d.about.name: d for d in registry.load({"impossible_travel": {"fastest": 500}})}
    assert loaded["impossible_travel"].parameters.fastest == 500
    assert registry.load()[0].parameters == type(registry.load()[0].parameters)()


def test_an_unknown_detector_is_refused() -> None:
    with pytest.raises(registry.UnknownDetectorError, match="no detector is called nobody"):
        registry.load({"nobody": {}})


@pytest.mark.parametrize("value", ["fast", -3, None])
def test_a_value_that_does_not_fit_is_refused(value: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        registry.load({"impossible_travel": {"fastest": value}})


def test_two_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("detectors.twin")
    twin = type("Twin", (planted.Sound,), {"about": ImpossibleTravel.about})
    twin.__module__ = module.__name__
    module.Twin = twin  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    real = list(registry._modules(detectors))
    monkeypatch.setattr(registry, "_modules", lambda package: iter([*real, module]))
    with pytest.raises(ValueError, match="two detectors are called impossible_travel"):
        registry._classes.__wrapped__()
