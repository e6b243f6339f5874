"""Nobody is anybody before a code was shown; a link alone is not enough where something is left."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine

from monitor.mfa.breaches import Breaches
from monitor.mfa.strength import BREACHED
from monitor.services.actor import Role
from monitor.services.own_sign_ins import SOURCE
from monitor.services.sessions import Client, Purpose, Visit
from monitor.services.setup import PasswordRule, SetupError, Step
from monitor.services.standing import LAPSED
from monitor.store import reviewers
from monitor.store.inbox import Inbox
from tests.monitor.services.reviewing import DESK, PASSWORD, House, Person

OTHER = "quatre autres mots choisis"


@pytest.fixture
def house(database: Engine) -> House:
    return House(database)


def secret_of(house: House, visit: Visit) -> Person:
    situation = house.entrance.setup.situation(visit)
    assert situation.step is Step.SECOND_FACTOR
    return Person(visit.reviewer or "", situation.email, situation.secret or b"", [])


def first(house: House) -> Visit:
    visit = house.opened(house.entrance.admission.issue_link())
    assert visit.purpose is Purpose.FIRST
    return visit


def test_nothing_counts_before_the_code(house: House) -> None:
    visit = first(house)
    house.entrance.setup.enter(visit, "Ada", "ada@x.example", PASSWORD, PASSWORD)
    assert house.reviewers.page(house.operator)[0] == []
    with pytest.raises(SetupError):
        house.entrance.setup.confirm(visit, "000000", DESK)
    assert house.reviewers.page(house.operator)[0] == []
    done = house.entrance.setup.confirm(visit, house.code(secret_of(house, visit)), DESK)
    [ada] = house.reviewers.page(house.operator)[0]
    assert (ada.role, ada.state, ada.recovery_codes) == (Role.ADMINISTRATOR, "active", 10)
    assert house.sessions.visit(visit.key) is None
    assert house.sessions.visit(done.key) is not None


def test_the_code_that_confirmed_lets_nobody_in_again(house: House) -> None:
    visit = first(house)
    house.entrance.setup.enter(visit, "Ada", "ada@x.example", PASSWORD, PASSWORD)
    ada = secret_of(house, visit)
    code = house.code(ada)
    house.entrance.setup.confirm(visit, code, DESK)
    assert house.enter(ada, code=code) is None


def test_the_first_administrator_is_one(house: House) -> None:
    visits = [first(house), first(house)]
    for number, visit in enumerate(visits):
        house.entrance.setup.enter(visit, "Ada", f"{number}@x.example", PASSWORD, PASSWORD)
    people = [secret_of(house, visit) for visit in visits]
    house.entrance.setup.confirm(visits[0], house.code(people[0]), DESK)
    with pytest.raises(SetupError):
        house.entrance.setup.confirm(visits[1], house.code(people[1]), DESK)


def test_of_several_at_once_one_is_the_first_administrator(house: House) -> None:
    visits = [first(house) for _ in range(3)]
    for number, visit in enumerate(visits):
        house.entrance.setup.enter(visit, "Ada", f"{number}@x.example", PASSWORD, PASSWORD)
    codes = [house.code(secret_of(house, visit)) for visit in visits]
    together = Barrier(len(visits))

    def confirmed(visit: Visit, code: str) -> bool:
        together.wait()
        try:
            house.entrance.setup.confirm(visit, code, DESK)
        except SetupError:
            return False
        return True

    with ThreadPoolExecutor(len(visits)) as threads:
        assert sum(threads.map(confirmed, visits, codes)) == 1
    assert len(house.reviewers.page(house.operator)[0]) == 1


def test_no_link_brings_somebody_back_who_has_no_role_at_the_provider_any_more(
    house: House,
) -> None:
    person = house.person()
    key = house.reviewers.reset(house.operator, person.uid, password=True)
    visit, setup = house.opened(key), house.entrance.setup
    with house.engine.begin() as connection:
        row = reviewers.by_uid(connection, person.uid)
        assert row is not None
        reviewers.change(connection, row.uid, row.version, {"state": LAPSED})
    with pytest.raises(SetupError):
        setup.replace_password(visit, OTHER, OTHER, house.code(person), DESK)
    assert house.reviewers.get(house.operator, person.uid).state == LAPSED


def test_one_may_begin_again(house: House) -> None:
    visit = first(house)
    house.entrance.setup.enter(visit, "Ada", "ada@x.example", PASSWORD, PASSWORD)
    before = secret_of(house, visit).secret
    house.entrance.setup.begin_again(visit)
    assert house.entrance.setup.situation(visit).step is Step.PERSON
    house.entrance.setup.enter(visit, "Ada", "ada@x.example", PASSWORD, PASSWORD)
    assert secret_of(house, visit).secret != before


@pytest.mark.parametrize(
    ("name", "email", "password", "repeated"),
    [
        ("", "ada@x.example", PASSWORD, PASSWORD),
        ("Ada", "no address", PASSWORD, PASSWORD),
        ("Ada", "ada@x.example", "short", "short"),
        ("Ada", "ada@x.example", "passwordpassword", "passwordpassword"),
        ("Ada", "ada@x.example", PASSWORD, PASSWORD + " "),
    ],
)
def test_what_does_not_do_is_refused_with_a_reason(
    house: House, name: str, email: str, password: str, repeated: str
) -> None:
    visit = first(house)
    with pytest.raises(SetupError) as refused:
        house.entrance.setup.enter(visit, name, email, password, repeated)
    assert refused.value.text.en != refused.value.text.fr
    assert house.entrance.setup.situation(visit).step is Step.PERSON


def test_ones_own_address_is_no_password(house: House) -> None:
    _, key = house.invited("razafindrakoto@atlas.example")
    visit = house.opened(key)
    with pytest.raises(SetupError):
        house.entrance.setup.enter(visit, "", "", "razafindrakoto26", "razafindrakoto26")


def test_a_new_password_is_proved_by_the_second_factor(house: House) -> None:
    person = house.person()
    key = house.reviewers.reset(house.operator, person.uid, password=True)
    visit, setup = house.opened(key), house.entrance.setup
    with pytest.raises(SetupError):
        setup.replace_password(visit, OTHER, OTHER, "000000", DESK)
    done = setup.replace_password(visit, OTHER, OTHER, house.code(person), DESK)
    assert done.codes == ()
    house.later()
    assert house.enter(person, password=PASSWORD) is None
    assert house.enter(person, password=OTHER) is not None


def test_a_new_second_factor_is_proved_by_the_password(house: House) -> None:
    person = house.person()
    key = house.reviewers.reset(house.operator, person.uid, second_factor=True)
    visit, setup = house.opened(key), house.entrance.setup
    with pytest.raises(SetupError):
        setup.enter(visit, "", "", OTHER, "")
    setup.enter(visit, "", "", PASSWORD, "")
    renewed = secret_of(house, visit)
    done = setup.confirm(visit, house.code(renewed), DESK)
    assert len(done.codes) == 10
    house.later()
    assert house.enter(person) is None
    assert house.enter(Person(person.uid, person.email, renewed.secret, [])) is not None
    assert house.enter(person, code=person.codes[0]) is None


def test_whoever_has_the_link_alone_guesses_ten_times(house: House) -> None:
    person = house.person()
    key = house.reviewers.reset(house.operator, person.uid, password=True)
    visit, setup = house.opened(key), house.entrance.setup
    for _ in range(10):
        with pytest.raises(SetupError):
            setup.replace_password(visit, OTHER, OTHER, "000000", DESK)
    with pytest.raises(SetupError):
        setup.replace_password(visit, OTHER, OTHER, house.code(person), DESK)


def test_a_link_of_one_kind_does_nothing_of_another(house: House) -> None:
    _, key = house.invited()
    visit = house.opened(key)
    with pytest.raises(SetupError):
        house.entrance.setup.replace_password(visit, OTHER, OTHER, "000000", DESK)
    with pytest.raises(SetupError):
        house.entrance.setup.confirm(visit, "000000", DESK)


def test_whoever_was_removed_or_disabled_meanwhile_sets_up_nothing(house: House) -> None:
    made, key = house.invited()
    visit = house.opened(key)
    house.entrance.setup.enter(visit, "", "", PASSWORD, PASSWORD)
    person = secret_of(house, visit)
    house.reviewers.remove(house.operator, made.uid)
    with pytest.raises(SetupError):
        house.entrance.setup.confirm(visit, house.code(person), Client())


def test_a_stolen_password_is_refused() -> None:
    class Known(Breaches):
        def has(self, password: str) -> bool:
            return password == PASSWORD

    rule = PasswordRule(breaches=Known(None))
    assert rule.refusal(PASSWORD) == BREACHED
    assert rule.refusal(OTHER) is None


def test_whoever_is_in_by_it_is_an_event_like_any_sign_in(house: House) -> None:
    house.person()
    found = Inbox(house.engine).after(SOURCE, 0, 100, 1 << 20)
    [line] = [line for one in found for line in one.parcel.lines]
    assert b'"status_id":1' in line
    assert b"ada@atlas.example" in line
