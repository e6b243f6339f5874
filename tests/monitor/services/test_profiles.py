"""Reviewers change what is theirs; all sessions but the own one end with it."""

import pyotp
import pytest
from msgspec import structs
from sqlalchemy import Engine

from detectors.core.event import MINUTE
from monitor.mfa import totp
from monitor.services import profiles
from monitor.services.actor import Actor
from monitor.services.person import OutdatedError
from monitor.services.refusal import NotFreshError, NotThereError
from monitor.services.sessions import Visit
from monitor.services.setup import SetupError
from monitor.store import reviewers
from tests.monitor.services.factored import ROSTER, Holder
from tests.monitor.services.reviewing import AWAY, DESK, PASSWORD, House, Person

OTHER = "quatre autres mots choisis"


@pytest.fixture
def house(database: Engine) -> House:
    return House(database)


def inside(house: House) -> tuple[Person, Visit, Actor]:
    person = house.person()
    visit = house.visit(person)
    assert visit.actor is not None
    return person, visit, visit.actor


def test_one_sees_oneself_and_ones_sessions(house: House) -> None:
    person, visit, actor = inside(house)
    away = house.visit(person, AWAY)
    profile = house.entrance.profiles.get(actor)
    assert (profile.email, profile.recovery_codes) == (person.email, 10)
    assert {one.uid for one in profile.sessions} == {visit.uid, away.uid}


def test_who_is_no_reviewer_has_no_profile(house: House) -> None:
    with pytest.raises(NotThereError):
        house.entrance.profiles.get(house.operator)


def test_another_password_ends_all_other_sessions(house: House) -> None:
    person, visit, actor = inside(house)
    away = house.visit(person, AWAY)
    key = house.entrance.profiles.set_password(actor, visit, OTHER, OTHER, DESK)
    assert house.sessions.visit(visit.key) is None
    assert house.sessions.visit(away.key) is None
    assert house.sessions.visit(key) is not None
    house.later()
    assert house.enter(person, password=PASSWORD) is None
    assert house.enter(person, password=OTHER) is not None


@pytest.mark.parametrize(("password", "repeated"), [("short", "short"), (OTHER, OTHER + "x")])
def test_a_bad_one_changes_nothing(house: House, password: str, repeated: str) -> None:
    person, visit, actor = inside(house)
    with pytest.raises(SetupError):
        house.entrance.profiles.set_password(actor, visit, password, repeated, DESK)
    assert house.sessions.visit(visit.key) is not None
    assert house.enter(person) is not None


def test_a_new_authenticator_counts_once_it_is_confirmed(house: House) -> None:
    person, visit, actor = inside(house)
    profiles = house.entrance.profiles
    secret = profiles.new_second_factor(actor, visit)
    assert profiles.new_second_factor(actor, visit) == secret
    with pytest.raises(SetupError):
        profiles.confirm_second_factor(actor, visit, "000000", DESK)
    assert house.enter(person) is not None
    renewed = Person(person.uid, person.email, secret, [])
    key, codes = profiles.confirm_second_factor(actor, visit, house.code(renewed), DESK)
    assert len(codes) == 10
    assert house.sessions.visit(key) is not None
    house.later()
    assert house.enter(person) is None
    assert house.enter(renewed) is not None


def test_a_proof_in_between_keeps_the_secret_that_was_shown(house: House) -> None:
    person, visit, actor = inside(house)
    profiles = house.entrance.profiles
    renewed = Person(person.uid, person.email, profiles.new_second_factor(actor, visit), [])
    house.later(11 * MINUTE)
    key = house.entrance.sign_in.confirm(visit, PASSWORD, house.code(person), DESK)
    again = house.sessions.visit(key or "")
    assert again is not None
    assert again.actor is not None
    profiles.confirm_second_factor(again.actor, again, house.code(renewed), DESK)
    house.later()
    assert house.enter(renewed) is not None


def test_what_was_taken_along_to_a_provider_is_no_secret(house: House) -> None:
    _, visit, actor = inside(house)
    house.sessions.keep_draft(visit, b"an interrupted form")
    assert len(house.entrance.profiles.new_second_factor(actor, visit)) == totp.SECRET_BYTES


def test_new_recovery_codes_void_the_old(house: House) -> None:
    person, visit, actor = inside(house)
    _, codes = house.entrance.profiles.new_codes(actor, visit, DESK)
    assert house.enter(person, code=person.codes[0]) is None
    assert house.enter(person, code=codes[0]) is not None


def test_sessions_are_ended_by_their_owner_only(house: House) -> None:
    person, visit, actor = inside(house)
    away = house.visit(person, AWAY)
    other = house.visit(house.person("eve@x.example"))
    profiles = house.entrance.profiles
    with pytest.raises(NotThereError):
        profiles.sign_out(actor, visit, other.uid)
    assert profiles.sign_out(actor, visit, away.uid) == 1
    assert house.sessions.visit(away.key) is None
    assert profiles.sign_out(actor, visit) == 0
    assert house.sessions.visit(visit.key) is not None
    assert house.sessions.visit(other.key) is not None


def test_changes_need_a_proof_that_is_not_old_and_ending_a_session_none(house: House) -> None:
    person, visit, actor = inside(house)
    house.visit(person, AWAY)
    old = structs.replace(actor, authenticated=house.clock.now - 11 * 60_000)
    profiles = house.entrance.profiles
    for change in (
        lambda: profiles.set_password(old, visit, OTHER, OTHER, DESK),
        lambda: profiles.new_second_factor(old, visit),
        lambda: profiles.confirm_second_factor(old, visit, "1", DESK),
        lambda: profiles.new_codes(old, visit, DESK),
        lambda: profiles.rename(old, "Ada"),
    ):
        with pytest.raises(NotFreshError):
            change()
    assert profiles.sign_out(old, visit) == 1


def test_a_name_is_changed(house: House) -> None:
    _, _, actor = inside(house)
    house.entrance.profiles.rename(actor, "  Ada   Lovelace ")
    assert house.entrance.profiles.get(actor).name == "Ada Lovelace"
    assert house.audited()[-1] == "profile:rename"


def test_a_name_that_was_not_taken_is_not_recorded(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, _, actor = inside(house)
    with house.engine.connect() as connection:
        before = reviewers.by_uid(connection, person.uid)
    house.reviewers.change(house.operator, person.uid, name="Ada L.")
    # As it was read while somebody else changed it.
    monkeypatch.setattr(profiles, "_own", lambda *_: before)
    with pytest.raises(OutdatedError):
        house.entrance.profiles.rename(actor, "Eve")
    assert house.audited()[-1] == "reviewers:change"


def test_every_change_of_what_one_signs_in_with_is_told_by_mail(database: Engine) -> None:
    house = House(database, roster=ROSTER)
    person, visit, actor = inside(house)
    profiles, holder = house.entrance.profiles, Holder(database)
    key = profiles.set_password(actor, visit, OTHER, OTHER, DESK)
    visit = structs.replace(visit, key=key)
    key, _ = profiles.new_codes(actor, visit, DESK)
    visit = structs.replace(visit, key=key)
    secret = profiles.new_second_factor(actor, visit)
    step = totp.step_at(house.clock.now)
    code = pyotp.TOTP(totp.encoded(secret)).generate_otp(step)
    profiles.confirm_second_factor(actor, visit, code, DESK)
    house.reviewers.reset(house.operator, person.uid, password=True, second_factor=True)
    told = [(one.target.email if one.target else "", one.values) for one in holder.orders()]
    assert {email for email, _ in told} == {person.email}
    assert [values["change.en"] for _, values in told] == [
        "The password was replaced.",
        "A set of recovery codes was replaced.",
        "An authenticator for codes was replaced.",
        "The password was taken away.",
        "An authenticator for codes was taken away.",
    ]
    assert "decider.en" in told[-1][1]
    assert "decider.en" not in told[0][1]
