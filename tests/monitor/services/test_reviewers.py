"""Administrators say who may sign in; the last of them stays; what changes ends sessions."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from monitor.services.actor import Role
from monitor.services.person import OutdatedError, ReviewerError
from monitor.services.refusal import NotAllowedError, NotFreshError, NotThereError
from monitor.services.reviewers import INVITATION_LIFETIME
from monitor.services.sessions import Purpose
from tests.databases import Databases
from tests.monitor.services.people import person as somebody
from tests.monitor.services.people import program
from tests.monitor.services.reviewing import DESK, House


@pytest.fixture
def house(database: Engine) -> House:
    return House(database)


def test_an_invitation_is_good_for_72_hours(house: House) -> None:
    made, key = house.invited()
    assert made.state == "invited"
    assert made.invited_until == house.clock.now + INVITATION_LIFETIME
    house.later(INVITATION_LIFETIME)
    assert house.entrance.admission.enter(key, DESK) is None
    again = house.reviewers.invite_again(house.operator, made.uid)
    assert house.opened(again).purpose is Purpose.INVITATION


def test_a_new_link_voids_the_one_before(house: House) -> None:
    made, key = house.invited()
    house.reviewers.invite_again(house.operator, made.uid)
    assert house.entrance.admission.enter(key, DESK) is None


def test_an_address_is_one_reviewers(house: House) -> None:
    house.invited("ada@atlas.example")
    with pytest.raises(ReviewerError, match="already"):
        house.invited("ADA@atlas.example")


def test_a_change_of_role_ends_sessions_and_goes_up_a_version(house: House) -> None:
    person = house.person()
    visit = house.visit(person)
    changed = house.reviewers.change(house.operator, person.email, role=Role.APPROVER)
    assert changed.role is Role.APPROVER
    assert house.sessions.visit(visit.key) is None
    renamed = house.reviewers.change(
        house.operator, person.uid, version=changed.version, name="Ada L."
    )
    assert (renamed.name, renamed.version) == ("Ada L.", changed.version + 1)
    with pytest.raises(OutdatedError):
        house.reviewers.change(house.operator, person.uid, version=changed.version, name="Eve")


def test_a_change_of_no_right_ends_no_session(house: House) -> None:
    person = house.person(role=Role.VIEWER)
    visit = house.visit(person)
    house.reviewers.change(house.operator, person.uid, name="Ada L.", role=Role.VIEWER)
    assert house.sessions.visit(visit.key) is not None
    house.reviewers.change(house.operator, person.uid, role=Role.VIEWER, tenant="acme")
    assert house.sessions.visit(visit.key) is None


def test_another_role_alone_shows_nobody_more_tenants(house: House) -> None:
    person = house.person(role=Role.TENANT_CONTACT, tenant="acme")
    change = house.reviewers.change
    assert change(house.operator, person.uid, role=Role.VIEWER).tenant == "acme"
    with pytest.raises(ReviewerError):
        change(house.operator, person.uid, role=Role.ADMINISTRATOR)
    assert change(house.operator, person.uid, role=Role.VIEWER, tenant=None).tenant is None


def test_disabled_is_out_at_once_and_enabled_in_again(house: House) -> None:
    person = house.person()
    visit = house.visit(person)
    assert house.reviewers.disable(house.operator, person.uid).state == "disabled"
    assert house.sessions.visit(visit.key) is None
    assert house.enter(person) is None
    house.later()
    assert house.reviewers.enable(house.operator, person.uid).state == "active"
    assert house.enter(person) is not None
    with pytest.raises(ReviewerError):
        house.reviewers.enable(house.operator, person.uid)


def test_a_link_of_somebody_who_is_disabled_opens_nothing(house: House) -> None:
    made, key = house.invited()
    house.reviewers.disable(house.operator, made.uid)
    assert house.entrance.admission.enter(key, DESK) is None
    assert house.reviewers.enable(house.operator, made.uid).state == "invited"


def test_the_last_administrator_stays_one(house: House) -> None:
    ada = house.person("ada@x.example", Role.ADMINISTRATOR)
    eve = house.person("eve@x.example", Role.ADMINISTRATOR)
    house.reviewers.disable(house.operator, eve.uid)
    for attempt in (
        lambda: house.reviewers.disable(house.operator, ada.uid),
        lambda: house.reviewers.remove(house.operator, ada.uid),
        lambda: house.reviewers.change(house.operator, ada.uid, role=Role.VIEWER),
    ):
        with pytest.raises(ReviewerError, match="last administrator"):
            attempt()
    # A name is no matter, and another who is invited only does not count.
    house.reviewers.change(house.operator, ada.uid, name="Ada the last")
    house.invited("bob@x.example", Role.ADMINISTRATOR)
    with pytest.raises(ReviewerError):
        house.reviewers.remove(house.operator, ada.uid)
    house.reviewers.enable(house.operator, eve.uid)
    house.reviewers.remove(house.operator, ada.uid)


def test_two_who_take_each_other_s_role_at_once_leave_one(databases: Databases) -> None:
    url = databases.url()
    houses = [House(databases.connect(url)) for _ in range(2)]
    people = [houses[0].person(f"{n}@x.example", Role.ADMINISTRATOR) for n in "ab"]

    def demote(index: int) -> bool:
        try:
            houses[index].reviewers.change(
                houses[index].operator, people[1 - index].uid, role=Role.VIEWER
            )
        except ReviewerError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(demote, range(2))) == [False, True]


def test_removed_is_gone_with_all_that_was_theirs(house: House) -> None:
    person = house.person()
    visit = house.visit(person)
    house.reviewers.remove(house.operator, person.uid)
    assert house.sessions.visit(visit.key) is None
    assert house.enter(person) is None
    with pytest.raises(NotThereError):
        house.reviewers.get(house.operator, person.uid)
    house.invited(person.email)


@pytest.mark.parametrize(
    ("password", "second", "purpose"),
    [
        (True, False, Purpose.PASSWORD),
        (False, True, Purpose.SECOND_FACTOR),
        (True, True, Purpose.INVITATION),
    ],
)
def test_what_is_reset_holds_no_more_and_a_link_gives_it_anew(
    house: House, password: bool, second: bool, purpose: Purpose
) -> None:
    person = house.person()
    visit = house.visit(person)
    key = house.reviewers.reset(house.operator, person.uid, password=password, second_factor=second)
    assert house.sessions.visit(visit.key) is None
    assert house.enter(person) is None
    assert house.opened(key).purpose is purpose
    shown = house.reviewers.get(house.operator, person.uid)
    assert (shown.has_password, shown.has_second_factor) == (not password, not second)


def test_sessions_are_ended_one_or_all(house: House) -> None:
    person = house.person()
    first, second = house.visit(person), house.visit(person)
    listed = house.reviewers.sessions(house.operator, person.uid)
    assert {one.uid for one in listed} == {first.uid, second.uid}
    assert house.reviewers.sign_out(house.operator, person.uid, first.uid) == 1
    assert house.sessions.visit(first.key) is None
    assert house.reviewers.sign_out(house.operator, person.uid) == 1
    with pytest.raises(NotThereError):
        house.reviewers.sign_out(house.operator, person.uid, second.uid)


def test_pages_of_reviewers_go_on_where_the_last_one_ended(house: House) -> None:
    for number in range(5):
        house.invited(f"{number}@x.example")
    met: list[str] = []
    after = None
    while True:
        rows, after = house.reviewers.page(house.operator, 2, after)
        met += [row.email for row in rows]
        if after is None:
            break
    assert met == [f"{number}@x.example" for number in range(5)]


def test_only_administrators_and_lately_proven_may(house: House) -> None:
    made, _ = house.invited()
    now = house.clock.now
    for actor in (
        somebody(Role.VIEWER, authenticated=now),
        somebody(Role.APPROVER, authenticated=now),
        somebody(Role.TENANT_CONTACT, tenant="acme", authenticated=now),
        program("reviewers:write"),
    ):
        with pytest.raises(NotAllowedError):
            house.reviewers.disable(actor, made.uid) if actor.roles else house.reviewers.get(
                actor, made.uid
            )
    old = somebody(Role.ADMINISTRATOR, authenticated=now - 11 * 60_000)
    with pytest.raises(NotFreshError):
        house.reviewers.disable(old, made.uid)
    house.reviewers.get(old, made.uid)
    house.reviewers.disable(somebody(Role.ADMINISTRATOR, authenticated=now), made.uid)


def test_all_of_it_is_audited_without_naming_anybody(house: House) -> None:
    person = house.person()
    house.reviewers.change(house.operator, person.uid, role=Role.ANALYST)
    house.reviewers.reset(house.operator, person.uid, password=True)
    house.reviewers.remove(house.operator, person.uid)
    assert [one for one in house.audited() if one.startswith("reviewers:")] == [
        "reviewers:invite",
        "reviewers:change",
        "reviewers:reset",
        "reviewers:remove",
    ]
