"""A responder is asked for what it offers, for those tenants that it acts for."""

from alerts.ports import Action
from alerts.responders.roster import Entry, Roster


def test_only_who_offers_an_action_for_a_tenant_is_asked() -> None:
    everywhere = Entry(name="idp", kind="scim", actions=frozenset((Action.DISABLE,)))
    bound = Entry(name="acme", kind="scim", actions=frozenset(Action), tenants=frozenset(("acme",)))
    roster = Roster((everywhere, bound))
    assert [e.name for e in roster.offering(Action.DISABLE, "acme")] == ["idp", "acme"]
    assert [e.name for e in roster.offering(Action.DISABLE, "other")] == ["idp"]
    assert [e.name for e in roster.offering(Action.TELL, "other")] == []
