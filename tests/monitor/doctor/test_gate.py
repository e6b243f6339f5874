"""The doctor says what keeps the gate from knowing sessions, and what passes while it is blind."""

from pathlib import Path
from typing import Any

import pytest

from monitor.doctor.check import Check
from monitor.doctor.gate import look
from monitor.settings import Settings
from tests.idp.hostile import Hostile
from tests.monitor.gate.test_terms import terms


def looked(folder: Path, way: str, responders: Any = None, **changes: Any) -> dict[str, Check]:
    given = Settings(data=folder, gate=terms(way, **changes), responders=responders or {})
    return {check.name: check for check in look(given)}


def test_without_a_gate_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    assert list(look(Settings(data=tmp_path))) == []


def test_what_is_well_is_said_and_what_could_be_better_noted(tmp_path: Path) -> None:
    found = looked(tmp_path, "cookie")
    assert all(check.good for check in found.values())
    noted = {name for name, check in found.items() if check.noted}
    assert noted == {"gate", "orders to the gate", "a blind gate"}
    orders = {"door": {"kind": "gate"}}
    well = looked(tmp_path, "cookie", orders, bound_to="sid", closed_paths=("/admin",))
    assert not any(check.noted for check in well.values())
    assert well["orders to the gate"].seen == "door"
    assert not looked(tmp_path, "cookie", on_failure="closed")["a blind gate"].noted
    elsewhere = looked(tmp_path, "cookie", sign_in_url="https://id.example.com/")
    assert elsewhere["signing in again"].noted


def test_a_provider_that_does_not_show_its_keys_is_told(tmp_path: Path) -> None:
    with Hostile() as hostile:
        assert looked(tmp_path, "token", issuer=hostile.issuer)["gate"].good
        hostile.keys = []
        assert not looked(tmp_path, "token", issuer=hostile.issuer)["gate"].good
    gone = looked(tmp_path, "token", issuer=hostile.issuer)["gate"]
    assert not gone.good
    assert "gate.issuer" in gone.remedy


@pytest.mark.parametrize(("body", "good"), [(b'{"active":false}', True), (b"no", False)])
def test_introspection_is_tried_with_a_token_that_nobody_has(
    tmp_path: Path, body: bytes, good: bool
) -> None:
    with Hostile() as hostile:
        hostile.answers["/introspect"] = lambda: (200, {}, body)
        url = f"{hostile.issuer}/introspect"
        found = looked(tmp_path, "introspection", introspection_url=url)["gate"]
    assert found.good is good
