"""A passkey is enough for who has nothing yet, and only once the device has answered."""

import pytest
from sqlalchemy import Engine

from monitor.services.actor import Role
from monitor.services.factors import FactorError
from monitor.services.sessions import Purpose, Visit
from monitor.services.setup import SetupError, Step
from tests.monitor.mfa.authenticator import Authenticator
from tests.monitor.services.factored import ORIGIN, PARTY
from tests.monitor.services.reviewing import DESK, House
from tests.monitor.services.test_reviewer_passkeys import proof


@pytest.fixture
def house(database: Engine) -> House:
    return House(database, party=PARTY)


def first(house: House) -> Visit:
    return house.opened(house.entrance.admission.issue_link())


def made(house: House, visit: Visit, name: str = "Ada", email: str = "ada@x.example"):  # type: ignore[no-untyped-def]
    desk, device = house.entrance.passkey_setup, Authenticator(ORIGIN)
    desk.enter(visit, name, email)
    offer = desk.offer(visit)
    return device, desk.confirm(visit, offer.state, device.make(offer.options), "Laptop", DESK)


def test_the_first_administrator_has_a_passkey_codes_and_no_password(house: House) -> None:
    visit = first(house)
    house.entrance.passkey_setup.enter(visit, "Ada", "ada@x.example")
    assert house.entrance.setup.situation(visit).step is Step.PASSKEY
    assert house.reviewers.page(house.operator)[0] == [], "nothing counts before it answered"
    device, done = made(house, visit)
    [ada] = house.reviewers.page(house.operator)[0]
    assert (ada.role, ada.state, ada.has_password) == (Role.ADMINISTRATOR, "active", False)
    assert (ada.recovery_codes, len(done.codes)) == (10, 10)
    assert house.sessions.visit(visit.key) is None
    inside = house.sessions.visit(done.key)
    assert inside is not None
    assert inside.actor is not None
    assert house.entrance.sign_in.enter_by_passkey(proof(house, device), DESK) is not None


def test_whoever_lost_the_device_comes_in_by_a_recovery_code_once(house: House) -> None:
    _, done = made(house, first(house))
    enter = house.entrance.sign_in.enter
    assert enter("ada@x.example", "a password", done.codes[0], DESK) is None
    assert enter("ada@x.example", "", "000000", DESK) is None
    assert enter("ada@x.example", "", done.codes[0], DESK) is not None
    assert enter("ada@x.example", "", done.codes[0], DESK) is None
    assert enter("nobody@x.example", "", done.codes[1], DESK) is None


def test_with_a_password_a_recovery_code_alone_opens_nothing(house: House) -> None:
    person = house.person()
    assert house.entrance.sign_in.enter(person.email, "", person.codes[0], DESK) is None


def test_who_is_invited_may_as_well_and_there_is_one_first(house: House) -> None:
    others = first(house)
    made(house, first(house))
    invited, key = house.invited("eve@x.example", Role.ANALYST)
    visit = house.opened(key)
    made(house, visit, "", "")
    eve = house.reviewers.get(house.operator, invited.uid)
    assert (eve.email, eve.state) == ("eve@x.example", "active")
    with pytest.raises(SetupError):
        made(house, others, "Mallory", "mallory@x.example")
    assert len(house.reviewers.page(house.operator)[0]) == 2


def test_what_another_page_or_device_answers_is_not_taken(house: House) -> None:
    visit, other = first(house), first(house)
    desk = house.entrance.passkey_setup
    for one, email in ((visit, "a@x.example"), (other, "b@x.example")):
        desk.enter(one, "Ada", email)
    offer = desk.offer(visit)
    answer = Authenticator(ORIGIN).make(offer.options)
    with pytest.raises(FactorError):
        desk.confirm(other, offer.state, answer, "", DESK)
    with pytest.raises(FactorError):
        desk.confirm(visit, offer.state, "{}", "", DESK)
    assert house.reviewers.page(house.operator)[0] == []


def test_whoever_lost_one_of_two_things_proves_the_other(house: House) -> None:
    house.person("root@x.example", Role.ADMINISTRATOR)
    person = house.person()
    key = house.reviewers.reset(house.operator, person.uid, second_factor=True)
    visit = house.opened(key)
    assert visit.purpose is Purpose.SECOND_FACTOR
    with pytest.raises(SetupError):
        house.entrance.passkey_setup.enter(visit, "Ada", "ada@x.example")
