"""What each step of a recovery brings with it: mails with what stands for links, never links; links
that end with their case; what a process that died left half done is finished."""

import pytest
from sqlalchemy import Engine, select, update

from detectors.core.event import DAY, MINUTE
from monitor.directory.account import AccountChanges, account_id
from monitor.mfa.lost_factor import RecoveryError, State
from monitor.services import recovery_steps
from monitor.services.actor import operator
from monitor.services.directory import Directory
from monitor.services.enrolment_keys import Purpose, key_of
from monitor.store import enrolments, recoveries, tables
from monitor.store.enrolments import LinkRow
from tests.monitor.services.enrolled import (
    ANN,
    KEYRING,
    NOW,
    ROSTER,
    TERMS,
    Desk,
    known,
    orders,
    templates,
    with_factor,
)

READY = NOW + DAY


def ready(database: Engine) -> tuple[Desk, str]:
    """A recovery whose waiting time is over."""
    known(database)
    return agreed_and_ready(database)


def agreed_and_ready(database: Engine) -> tuple[Desk, str]:
    desk = Desk(database)
    handle = desk.agreed().handle
    waited(database)
    desk.now = READY
    return desk, handle


def waited(database: Engine) -> None:
    """The waiting time is over."""
    with database.begin() as connection:
        (one,) = recoveries.waited(connection, READY, 9)
        kept = recovery_steps.make_ready(connection, KEYRING, ROSTER, one, READY, TERMS.recovery)
    assert kept is not None
    assert kept.case.state is State.READY


def moved(database: Engine, at: int, email: str) -> None:
    """Somebody changes the directory's mail address."""
    directory = Directory(database, lambda: at)
    changes = AccountChanges(email=email)
    directory.change(operator(), account_id(ANN.tenant, ANN.account), changes)


def links(database: Engine) -> list[LinkRow]:
    with database.begin() as connection:
        return enrolments.of_account(connection, ANN.tenant, ANN.account)


def state(database: Engine, handle: str) -> State:
    with database.begin() as connection:
        found = recoveries.by_handle(connection, handle)
    assert found is not None
    return found.case.state


def test_the_link_goes_by_mail_and_is_kept_nowhere(database: Engine) -> None:
    ready(database)
    (link,) = links(database)
    (order,) = [one for one in orders(database) if one.template == "recovery_link"]
    assert order.values["recover"] == link.handle
    assert order.until == link.expires == READY + 2 * DAY
    key = key_of(KEYRING.enrolment, Purpose.RECOVER, link.handle)
    with database.begin() as connection:
        rows = [
            str(row)
            for table in tables.metadata.sorted_tables
            for row in connection.execute(select(table)).all()
        ]
    assert not any(key in row for row in rows)


def test_a_factor_that_is_used_stops_it(database: Engine) -> None:
    desk, handle = ready(database)
    with database.begin() as connection:
        assert recovery_steps.stop_for(connection, ROSTER, ANN, desk.now)
        assert not recovery_steps.stop_for(connection, ROSTER, ANN, desk.now)
    assert state(database, handle) is State.WITHDRAWN
    assert links(database)[0].expires == desk.now
    assert templates(database)[-1] == "recovery_stopped"
    assert "recovery_contested" not in templates(database)


def test_what_nobody_opens_lapses_with_its_link(database: Engine) -> None:
    desk, handle = ready(database)
    late = desk.now + 2 * DAY
    with database.begin() as connection:
        (one,) = recoveries.lapsed(connection, late, 9)
        recovery_steps.lapse(connection, one, late)
        assert not recovery_steps.stop(connection, ROSTER, one, "mail", late)
    assert state(database, handle) is State.EXPIRED


def test_what_was_set_up_by_a_process_that_died_is_finished(database: Engine) -> None:
    _, handle = ready(database)
    table = tables.enrolment_links
    with database.begin() as connection:
        with_factor(connection, created=NOW)
        with_factor(connection, created=READY + 2, kind="passkey")
        served = {"opened": READY + 1, "used": READY + 2}
        connection.execute(update(table).values(served))
    with database.begin() as connection:
        assert recovery_steps.finish_served(connection, READY + MINUTE, 9) == 0
        late = READY + MINUTE + 3
        assert recovery_steps.finish_served(connection, late, 9) == 1
        assert recovery_steps.finish_served(connection, late, 9) == 0
        left = connection.execute(select(tables.factors.c.kind)).scalars().all()
    assert left == ["passkey"]
    assert state(database, handle) is State.DONE


def test_no_link_goes_to_an_address_that_is_new(database: Engine) -> None:
    """Else one reviewer changes it, sees a proof that never was, and is sent the link once somebody
    believed them."""
    known(database)
    moved(database, NOW - 6 * DAY, "mallory@acme.example")
    desk, handle = agreed_and_ready(database)
    assert desk.recoveries.one(desk.who("bob"), handle).new_address == NOW - 6 * DAY
    assert "recovery_link" not in templates(database)
    assert templates(database)[-1] == "recovery_to_hand_over"
    assert links(database) == []
    for uid in ("ada", "bob"):
        # Who asked has no link either, whatever else they may.
        view = desk.recoveries.one(desk.who(uid), handle)
        assert ("hand_over" in view.can) == (uid == "bob")
    with pytest.raises(RecoveryError, match="another person"):
        desk.recoveries.hand_over(desk.who("ada"), handle)
    assert desk.recoveries.hand_over(desk.who("bob"), handle).link


def test_nor_to_one_that_changed_while_it_waited(database: Engine) -> None:
    known(database)
    desk = Desk(database)
    handle = desk.agreed().handle
    assert desk.recoveries.one(desk.who("bob"), handle).new_address is None
    moved(database, NOW + 1, "mallory@acme.example")
    waited(database)
    assert links(database) == []
