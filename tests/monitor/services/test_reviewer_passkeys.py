"""Reviewers look after their own passkeys, and come in by them as by what they are worth."""

import pytest
from sqlalchemy import Engine

from detectors.core.event import HOUR, MINUTE
from monitor.services.actor import Actor
from monitor.services.factors import FactorError, Shown
from monitor.services.refusal import NotAllowedError, NotFreshError, NotThereError
from monitor.services.sessions import Visit
from monitor.services.standing import owner_of
from tests.monitor.mfa.authenticator import Authenticator
from tests.monitor.services.factored import ANA, ORIGIN, PARTY
from tests.monitor.services.people import program
from tests.monitor.services.reviewing import AWAY, DESK, House, Person


@pytest.fixture
def house(database: Engine) -> House:
    return House(database, party=PARTY)


def actor_in(visit: Visit) -> Actor:
    assert visit.actor is not None
    return visit.actor


def add(house: House, visit: Visit, name: str = "Laptop") -> tuple[Authenticator, str]:
    """A new passkey, and the session's new key."""
    device, own = Authenticator(ORIGIN), house.entrance.passkeys
    offer = own.offer(actor_in(visit))
    answer = device.make(offer.options)
    return device, own.add(actor_in(visit), visit, offer.state, answer, name, DESK)


def proof(house: House, device: Authenticator, person: Person | None = None) -> Shown:
    """What a browser sends: of anybody, or of somebody who is in."""
    owner = None if person is None else owner_of(person.uid)
    offer = house.entrance.factors.ask_passkey(owner, "reviewer")
    house.later()
    return Shown(passkey=device.prove(offer.options), state=offer.state)


def visit_of(house: House, key: str) -> Visit:
    visit = house.sessions.visit(key)
    assert visit is not None
    return visit


def test_who_adds_one_stays_in_and_all_their_others_are_out(house: House) -> None:
    person = house.person()
    other, visit = house.visit(person), house.visit(person)
    _, key = add(house, visit)
    assert house.sessions.visit(other.key) is None
    assert house.sessions.visit(visit.key) is None
    [one] = house.entrance.passkeys.listed(actor_in(visit_of(house, key)))
    assert one.name == "Laptop"
    assert house.audited()[-1] == "factors:added"


def test_one_lets_in_by_itself_and_is_as_fresh_as_a_password(house: House) -> None:
    person = house.person()
    device, _ = add(house, house.visit(person))
    entered = house.entrance.sign_in.enter_by_passkey(proof(house, device), AWAY)
    assert entered is not None
    visit = visit_of(house, entered.key)
    assert (visit.reviewer, visit.method) == (person.uid, "passkey")
    house.entrance.passkeys.rename(
        actor_in(visit), house.entrance.passkeys.listed(actor_in(visit))[0].handle, "Other"
    )
    assert house.entrance.throttle.knows(entered.cookie, person.email)


def test_what_was_shown_once_lets_nobody_in_again(house: House) -> None:
    device, _ = add(house, house.visit(house.person()))
    device.counts = False
    shown = proof(house, device)
    assert house.entrance.sign_in.enter_by_passkey(shown, DESK) is not None
    assert house.entrance.sign_in.enter_by_passkey(shown, DESK) is None


def test_who_is_disabled_or_whose_passkey_was_taken_stays_out(house: House) -> None:
    person = house.person()
    device, key = add(house, house.visit(person))
    visit = visit_of(house, key)
    house.reviewers.disable(house.operator, person.uid)
    assert house.entrance.sign_in.enter_by_passkey(proof(house, device), DESK) is None
    house.reviewers.enable(house.operator, person.uid)
    [one] = house.entrance.passkeys.listed(actor_in(visit))
    again = house.visit(person)
    own = house.entrance.passkeys
    own.remove(actor_in(again), again, one.handle, DESK)
    assert house.entrance.sign_in.enter_by_passkey(proof(house, device), DESK) is None


def test_a_subscriber_s_passkey_opens_no_console(house: House) -> None:
    device, factors = Authenticator(ORIGIN), house.entrance.factors
    offer = factors.offer_passkey(ANA.owner, "ann", "Ann")
    factors.add_passkey(ANA.owner, offer.state, device.make(offer.options), "Phone")
    assert house.entrance.sign_in.enter_by_passkey(proof(house, device), DESK) is None


def test_tries_of_one_address_keep_out_nobody_elsewhere(house: House) -> None:
    device, _ = add(house, house.visit(house.person()))
    shown = proof(house, device)
    for _ in range(25):
        assert house.entrance.sign_in.enter_by_passkey(Shown(passkey="{}"), AWAY) is None
    assert house.entrance.sign_in.enter_by_passkey(shown, AWAY) is None
    assert house.entrance.sign_in.enter_by_passkey(shown, DESK) is not None


def test_who_is_in_proves_again_by_their_own_and_no_other(house: House) -> None:
    person, other = house.person(), house.person("eve@atlas.example")
    device, key = add(house, house.visit(person))
    strange, _ = add(house, house.visit(other))
    house.later(11 * MINUTE)
    visit = visit_of(house, key)
    with pytest.raises(NotFreshError):
        house.entrance.passkeys.offer(actor_in(visit))
    confirm = house.entrance.sign_in.confirm_by_passkey
    assert confirm(visit, proof(house, strange, other), DESK) is None
    assert confirm(visit, proof(house, device), DESK) is None
    renewed = confirm(visit, proof(house, device, person), DESK)
    assert renewed is not None
    house.entrance.passkeys.offer(actor_in(visit_of(house, renewed)))
    assert house.audited()[-1] == "session:confirm"


def test_only_reviewers_have_any(house: House) -> None:
    own = house.entrance.passkeys
    with pytest.raises(NotThereError):
        own.listed(house.operator)
    with pytest.raises((NotAllowedError, NotThereError)):
        own.listed(program("profile:read"))
    visit = house.visit(house.person())
    with pytest.raises(FactorError):
        own.remove(actor_in(visit), visit, "0" * 32, DESK)
    assert own.are_on
    house.later(HOUR)
