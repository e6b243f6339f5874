"""Reviewers see names and times of the tenant's people, and take a factor away with a reason."""

import msgspec
import pytest
from sqlalchemy import Engine

from monitor.directory.account import account_id
from monitor.services.actor import Role
from monitor.services.enrolling import EnrolmentError
from monitor.services.factors import Method
from monitor.services.refusal import NotAllowedError, NotThereError
from tests.monitor.services import ticketed
from tests.monitor.services.enrolled import ANN, CLIENT, required
from tests.monitor.services.enrolling import Newcomer

ID = account_id(ANN.tenant, ANN.account)


@pytest.fixture
def ann(database: Engine) -> Newcomer:
    return Newcomer(database)


@pytest.mark.one_on_postgresql
def test_what_somebody_has_is_seen_without_anything_that_could_be_used(ann: Newcomer) -> None:
    required(ann.database)
    before = ann.desk.look(ann.who(), ID)
    assert (before.factors, before.can, before.is_suspect) == ([], ("link", "recover"), False)
    assert before.requirement is not None
    ticket = ann.ticket()
    offer = ann.enrolments.offer_totp(ticket)
    codes = ann.enrolments.add_totp(ticket, offer.state, ann.code(offer), "App", CLIENT).codes
    held = ann.desk.look(ann.who(), ID)
    assert [one.kind for one in held.factors] == [Method.TOTP, Method.RECOVERY]
    assert (held.can, held.requirement) == (("revoke", "recover"), None)
    told = msgspec.json.encode(held).decode()
    assert not any(one in told for one in (*codes, offer.key_typed.replace(" ", ""), ticket))


def test_what_stands_against_the_account_is_said(ann: Newcomer) -> None:
    ticketed.Desk(ann.database).put(ticketed.incident(subject=ANN.subject))
    held = ann.desk.look(ann.who(), ID)
    assert held.is_suspect
    assert held.can == ("recover",)


def test_a_factor_is_taken_away_with_a_reason(ann: Newcomer) -> None:
    handle = ann.by_totp(ann.ticket()).factor.handle
    with pytest.raises(EnrolmentError, match="say why"):
        ann.desk.revoke(ann.who(), ID, handle, " ")
    with pytest.raises(NotThereError):
        ann.desk.revoke(ann.who(tenant="other"), ID, handle, "lost")
    with pytest.raises(NotThereError):
        ann.desk.revoke(ann.who(), ID, "0" * 32, "lost")
    with pytest.raises(NotAllowedError):
        ann.desk.revoke(ann.who(role=Role.VIEWER), ID, handle, "lost")
    ann.desk.revoke(ann.who(), ID, handle, "phone was stolen")
    assert handle not in {one.handle for one in ann.factors.listed(ANN.owner)}


def test_an_account_of_another_tenant_or_of_nobody_is_not_there(ann: Newcomer) -> None:
    for actor, which in ((ann.who(tenant="other"), ID), (ann.who(), b"x" * 16)):
        with pytest.raises(NotThereError):
            ann.desk.look(actor, which)
        with pytest.raises(NotThereError):
            ann.desk.subscriber(actor, which)
    assert ann.desk.subscriber(ann.who(tenant=ANN.tenant), ID) == ANN
