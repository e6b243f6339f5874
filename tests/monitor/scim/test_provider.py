"""Types of resources are served where their description says."""

from monitor.scim.provider import Kind, is_expected
from monitor.scim.resources import SERVICE
from tests.monitor.scim.memory import InMemory


def test_each_kind_is_what_its_endpoint_serves() -> None:
    for kind in Kind:
        assert SERVICE.model_for_endpoint(f"/{kind.endpoint}") is kind.model


def test_what_keeps_all_in_memory_is_one() -> None:
    held = InMemory()
    assert held.create(None, Kind.GROUP, Kind.GROUP.model(display_name="Crew")).id


def test_versions_are_compared_weakly() -> None:
    assert is_expected('W/"3"', None)
    assert is_expected('W/"3"', frozenset(("*",)))
    assert is_expected('W/"3"', frozenset(('"2"', '"3"')))
    assert not is_expected('W/"3"', frozenset(('W/"2"',)))
    assert not is_expected(None, frozenset(('"3"',)))
