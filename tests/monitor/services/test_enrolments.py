"""A first factor is set up by a link that opens once and serves once, or on the spot by somebody
whom nothing stands against; after it, no link and no session sets up another."""

import threading
from itertools import count

import pytest
from sqlalchemy import Engine, select

from detectors.core.event import DAY, MINUTE
from monitor.mfa.enrolment_terms import LONGEST, SHORTEST, EnrolmentTerms
from monitor.services import enrolment_keys, requirement
from monitor.services.actor import Role
from monitor.services.enrolling import Enrolled, EnrolmentError, LinkState
from monitor.services.enrolment_keys import Purpose
from monitor.services.enrolments import Enrolments
from monitor.services.factors import FactorError, Method, Shown
from monitor.services.refusal import NotAllowedError, NotFreshError, NotThereError
from monitor.services.requiring import demand
from monitor.services.subscriber import Subscriber
from monitor.store import gate_list, restrictions, tables
from tests.monitor.services import ticketed
from tests.monitor.services.enrolled import (
    ANN,
    CLIENT,
    KEYRING,
    NOW,
    ROSTER,
    STRANGER,
    TERMS,
    audited,
    required,
    templates,
    who,
)
from tests.monitor.services.enrolling import Newcomer

SUSPECT = Subscriber(ticketed.ANN.tenant, ticketed.ANN.uid)


@pytest.fixture
def ann(database: Engine) -> Newcomer:
    return Newcomer(database)


def suspect(database: Engine) -> None:
    """Something is found about the account."""
    ticketed.Desk(database).put(ticketed.incident(subject=ANN.subject))


@pytest.mark.one_on_postgresql
def test_a_link_leads_to_a_factor_and_to_recovery_codes(ann: Newcomer) -> None:
    done = ann.by_totp(ann.ticket())
    assert (done.factor.kind, done.factor.name, done.is_recovery) == (Method.TOTP, "App", False)
    assert len(done.codes) == 10
    assert {one.kind for one in ann.factors.listed(ANN.owner)} == {Method.TOTP, Method.RECOVERY}
    assert ann.factors.prove(ANN.owner, Shown(code=done.codes[3])) is not None
    (link,) = ann.enrolments.listed(ann.who(), ANN)
    assert link.state is LinkState.USED
    assert "factor_changed" in templates(ann.database)
    assert [one for one in audited(ann.database) if one.startswith(("mfa:", "enrol"))][:2] == [
        "mfa:enrol",
        "enrolment:open",
    ]
    assert audited(ann.database).count("enrolment:done") == 1


def test_a_passkey_as_well(ann: Newcomer) -> None:
    assert ann.by_passkey(ann.ticket()).factor.kind is Method.PASSKEY


def test_a_link_opens_once_and_its_ticket_serves_once(ann: Newcomer) -> None:
    key = ann.key()
    ticket = ann.enrolments.open(key, CLIENT)
    assert ticket is not None
    assert ann.enrolments.open(key, CLIENT) is None
    offer = ann.enrolments.offer_totp(ticket)
    ann.by_totp(ticket)
    assert ann.enrolments.view(ticket) is None
    with pytest.raises(EnrolmentError, match="ended"):
        ann.enrolments.add_totp(ticket, offer.state, ann.code(offer), "again", CLIENT)


def test_a_wrong_code_costs_nothing(ann: Newcomer) -> None:
    ticket = ann.ticket()
    offer = ann.enrolments.offer_totp(ticket)
    with pytest.raises(FactorError):
        ann.enrolments.add_totp(ticket, offer.state, "000000", "App", CLIENT)
    assert ann.enrolments.add_totp(ticket, offer.state, ann.code(offer), "App", CLIENT).codes


def test_a_second_link_ends_the_first(ann: Newcomer) -> None:
    first, second = ann.key(), ann.key()
    assert ann.enrolments.open(first, CLIENT) is None
    assert ann.enrolments.open(second, CLIENT) is not None


def test_links_and_tickets_end_by_themselves(ann: Newcomer) -> None:
    late, key = ann.key(), None
    ann.clock.now += TERMS.link
    assert ann.enrolments.open(late, CLIENT) is None
    key = ann.key()
    ticket = ann.enrolments.open(key, CLIENT)
    assert ticket is not None
    ann.clock.now += TERMS.open - 1
    assert ann.enrolments.view(ticket) is not None
    ann.clock.now += 1
    assert ann.enrolments.view(ticket) is None
    with pytest.raises(EnrolmentError, match="ended"):
        ann.enrolments.offer_totp(ticket)


def test_a_link_that_was_withdrawn_opens_nothing(ann: Newcomer) -> None:
    made = ann.enrolments.issue(ann.who(), ANN)
    with pytest.raises(NotThereError):
        ann.enrolments.withdraw(ann.who(tenant="other"), made.handle)
    ann.enrolments.withdraw(ann.who(), made.handle)
    assert ann.enrolments.open(made.link.partition("#")[2], CLIENT) is None
    ((link),) = ann.enrolments.listed(ann.who(), ANN)
    assert link.state is LinkState.OVER


def test_what_is_no_key_opens_nothing(ann: Newcomer) -> None:
    for key in ("", "x" * 43, "ü" * 43, "A" * 4_000):
        assert ann.enrolments.open(key, CLIENT) is None
        assert ann.enrolments.view(key) is None


def test_a_key_of_another_purpose_opens_nothing(ann: Newcomer) -> None:
    made = ann.enrolments.issue(ann.who(), ANN)
    for purpose in (Purpose.RECOVER, Purpose.STOP):
        key = enrolment_keys.key_of(KEYRING.enrolment, purpose, made.handle)
        assert ann.enrolments.open(key, CLIENT) is None


def test_no_key_and_no_ticket_lies_in_the_database(ann: Newcomer) -> None:
    key = ann.key()
    ticket = ann.enrolments.open(key, CLIENT)
    assert ticket is not None
    with ann.database.begin() as connection:
        rows = [
            str(row)
            for table in tables.metadata.sorted_tables
            for row in connection.execute(select(table)).all()
        ]
    assert not any(key in row or ticket in row for row in rows)


def test_no_link_holds_for_long(ann: Newcomer) -> None:
    for minutes in (SHORTEST - 1, LONGEST + 1, -1):
        with pytest.raises(EnrolmentError, match="minutes"):
            ann.enrolments.issue(ann.who(), ANN, minutes=minutes)


def test_who_may_give_links_and_to_whom(ann: Newcomer) -> None:
    with pytest.raises(NotAllowedError):
        ann.enrolments.issue(ann.who(role=Role.VIEWER), ANN)
    with pytest.raises(NotFreshError):
        ann.enrolments.issue(who("ada", at=NOW - DAY), ANN)
    for actor, whom in ((ann.who(tenant="other"), ANN), (ann.who(), STRANGER)):
        with pytest.raises(NotThereError):
            ann.enrolments.issue(actor, whom)


def test_there_is_no_link_where_there_are_no_pages(ann: Newcomer) -> None:
    nowhere = Enrolments(ann.database, KEYRING, ann.factors, EnrolmentTerms(), ROSTER, lambda: NOW)
    with pytest.raises(EnrolmentError, match="public_url"):
        nowhere.issue(ann.who(), ANN)


def test_whoever_has_a_factor_is_given_no_link_and_sets_up_none_on_the_spot(
    ann: Newcomer,
) -> None:
    ann.by_totp(ann.ticket())
    with pytest.raises(EnrolmentError, match="factor already"):
        ann.enrolments.issue(ann.who(), ANN)
    assert not ann.enrolments.may_enrol(ANN, "s-1").allowed


def test_one_reviewer_alone_replaces_nobodys_factor(ann: Newcomer) -> None:
    ann.by_totp(ann.ticket())
    for one in ann.factors.listed(ANN.owner):
        ann.factors.revoke(ANN.owner, one.handle, by=ann.who(), reason="x")
    with pytest.raises(EnrolmentError, match="set up before"):
        ann.enrolments.issue(ann.who(), ANN)
    assert not ann.enrolments.may_enrol(ANN, "s-1").allowed


def test_on_the_spot_at_a_trusted_sign_in(ann: Newcomer) -> None:
    assert ann.enrolments.may_enrol(ANN, "s-1").allowed
    ticket = ann.enrolments.begin(ANN, "s-1", CLIENT)
    assert ann.enrolments.listed(ann.who(), ANN) == []
    ann.by_totp(ticket)
    assert not ann.enrolments.may_enrol(ANN, "s-1").allowed
    with pytest.raises(EnrolmentError):
        ann.enrolments.begin(ANN, "s-1", CLIENT)


def test_however_long_it_takes_to_see_whether_somebody_may(ann: Newcomer) -> None:
    """What was allowed holds from when it was given."""
    times = count(NOW)
    slow = Enrolments(ann.database, KEYRING, ann.factors, TERMS, ROSTER, times.__next__)
    assert slow.view(slow.begin(ANN, "s-1", CLIENT)) is not None


def test_not_where_links_are_the_only_way(ann: Newcomer) -> None:
    terms = EnrolmentTerms(address=TERMS.address, is_self=False)
    by_link = Enrolments(ann.database, KEYRING, ann.factors, terms, ROSTER, ann.clock)
    assert not by_link.may_enrol(ANN, "s-1").allowed
    with pytest.raises(EnrolmentError, match="by a link"):
        by_link.begin(ANN, "s-1", CLIENT)


def test_nobody_under_suspicion_sets_up_a_first_factor(ann: Newcomer) -> None:
    ticket, spot = ann.ticket(), ann.enrolments.begin(ANN, "s-1", CLIENT)
    offer = ann.enrolments.offer_totp(ticket)
    suspect(ann.database)
    assert not ann.enrolments.may_enrol(ANN, "s-1").allowed
    for begun in (ticket, spot):
        view = ann.enrolments.view(begun)
        assert view is not None
        assert not view.permission.allowed
        with pytest.raises(EnrolmentError, match="being looked at"):
            ann.enrolments.offer_passkey(begun)
        with pytest.raises(EnrolmentError, match="being looked at"):
            ann.enrolments.add_totp(begun, offer.state, ann.code(offer), "App", CLIENT)
    with pytest.raises(EnrolmentError, match="being looked at"):
        ann.enrolments.issue(ann.who(), ANN)
    assert not ann.factors.has_any(ANN.owner)


def test_nothing_is_set_up_for_an_account_whose_data_is_restricted(ann: Newcomer) -> None:
    ticket = ann.ticket()
    with ann.database.begin() as connection:
        restrictions.restrict(connection, ANN.subject, NOW, "x", "reviewer:ada")
    with pytest.raises(EnrolmentError, match="Nothing can be set up"):
        ann.enrolments.offer_totp(ticket)


def test_the_gate_asks_no_longer_once_there_is_one(ann: Newcomer) -> None:
    required(ann.database, 0)
    with ann.database.begin() as connection:
        requirement.begin(connection, ANN, NOW)
        demand(connection, NOW, 9)
        assert len(gate_list.entries(connection, ANN.tenant, ANN.account, NOW)) == 1
    assert ann.enrolments.may_enrol(ANN, "s-1").allowed
    ann.by_totp(ann.enrolments.begin(ANN, "s-1", CLIENT))
    with ann.database.begin() as connection:
        assert gate_list.entries(connection, ANN.tenant, ANN.account, NOW) == []
        assert requirement.standing(connection, ANN, NOW) is None


@pytest.mark.one_on_postgresql
def test_of_many_who_use_one_ticket_at_once_one_sets_something_up(ann: Newcomer) -> None:
    ticket = ann.ticket()
    offers = [ann.enrolments.offer_totp(ticket) for _ in range(6)]
    done: list[Enrolled] = []

    def add(number: int) -> None:
        offer = offers[number]
        try:
            done.append(
                ann.enrolments.add_totp(ticket, offer.state, ann.code(offer), str(number), CLIENT)
            )
        except EnrolmentError:
            return

    threads = [threading.Thread(target=add, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    assert len([one for one in ann.factors.listed(ANN.owner) if one.kind is Method.TOTP]) == 1


def test_a_link_lives_as_long_as_is_said(ann: Newcomer) -> None:
    made = ann.enrolments.issue(ann.who(), ANN, "en", 10)
    assert made.expires == NOW + 10 * MINUTE
    ticket = ann.enrolments.open(made.link.partition("#")[2], CLIENT)
    assert ticket is not None
    view = ann.enrolments.view(ticket)
    assert view is not None
    assert (view.language, view.subscriber, view.is_recovery) == ("en", ANN, False)
