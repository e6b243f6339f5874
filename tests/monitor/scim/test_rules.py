"""Rules are settings: names are checked, and case matters no more than it does to people."""

import msgspec
import pytest

from monitor.scim.rules import Deleted, Identifier, PushRules


def test_names_of_roles_and_groups_are_compared_as_people_do() -> None:
    rules = PushRules(privileged=("Administrators", "owner"))
    assert rules.is_privileged(["agent", " ADMINISTRATORS "])
    assert not rules.is_privileged(["administrator", "agents"])
    assert not PushRules().is_privileged(["root"])


def test_settings_are_read_and_wrong_ones_refused() -> None:
    told = {"identifier": "externalId", "deleted": "remove", "privileged": ["it"]}
    rules = msgspec.convert(told, PushRules)
    assert (rules.identifier, rules.deleted) == (Identifier.EXTERNAL_ID, Deleted.REMOVE)
    for wrong in ({"identifier": "email"}, {"privileged": [""]}, {"privilege": []}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, PushRules)
