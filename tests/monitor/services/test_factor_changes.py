"""A change is told to whoever's it is by mail, in both languages, and no more than it must."""

import pytest
from sqlalchemy import Engine

from alerts.messages.rendering import rendered
from monitor.services.actor import Role
from monitor.services.factor_changes import Deed, FactorChanges, subscriber_of
from monitor.services.standing import owner_of
from monitor.store.factors import PASSKEY, PASSWORD, RECOVERY, TOTP
from tests.monitor.services.factored import ANA, ROSTER, Holder
from tests.monitor.services.listed import deeds
from tests.monitor.services.people import person
from tests.monitor.services.reviewing import DESK, NOON, House


def test_an_account_s_owner_is_known_again() -> None:
    assert subscriber_of(ANA.owner) == ANA


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize("kind", [PASSKEY, TOTP, RECOVERY, PASSWORD])
@pytest.mark.parametrize("deed", [Deed.ADDED, Deed.REMOVED, Deed.REPLACED, Deed.DOUBTED])
def test_each_is_a_sentence_in_both_languages(database: Engine, deed: Deed, kind: str) -> None:
    holder = Holder(database)
    holder.know()
    with database.begin() as connection:
        FactorChanges(ROSTER).note(
            connection,
            ANA.owner,
            deed,
            kind,
            NOON,
            name="<b>Phone</b>",
            by=person(Role.ANALYST),
            client=DESK,
        )
    [order] = holder.orders()
    for language in ("en", "fr"):
        said = rendered(order, language)
        assert "Firefox" in said.text
        assert DESK.ip in said.text
        assert "<b>Phone" not in said.html
        assert "{" not in said.text
        assert "Someone" not in said.text


def test_whoever_has_no_address_is_not_written_to(database: Engine) -> None:
    holder = Holder(database)
    holder.passkey()
    assert holder.orders() == []
    assert len(holder.events()) == 1


def test_a_reviewer_is_written_to_at_their_own_address(database: Engine) -> None:
    house = House(database)
    ada = house.person()
    before = len(deeds(database))
    with database.begin() as connection:
        FactorChanges(ROSTER).note(connection, owner_of(ada.uid), Deed.ADDED, PASSKEY, NOON)
    [order] = Holder(database).orders()[-1:]
    assert order.target is not None
    assert order.target.email == ada.email
    assert deeds(database)[before:] == [("factors:added", f"reviewer:{ada.uid}", None)]
