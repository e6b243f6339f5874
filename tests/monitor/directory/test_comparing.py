"""What a list would change is exactly the difference, and nothing is given to two."""

import io
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from detectors.core.context import AccountKind
from monitor.directory.account import Account, AccountChanges, State, account_id, fold
from monitor.directory.comparing import (
    Compared,
    Comparison,
    Surroundings,
    There,
    missing,
    shown,
    too_many_missing,
)
from monitor.directory.importing import Change, Outcome
from monitor.directory.merging import merge
from monitor.directory.origin import Origin
from monitor.directory.sheet.reading import HEADINGS, Line, Reading, Sheet, cells_of
from monitor.directory.validity import settled
from monitor.export.csv import document
from tests.monitor.directory.entries import NOW, account, changes, sharing

Directory = Mapping[str, Account]


def around(accounts: Directory) -> Surroundings:
    """All that a directory of one tenant has."""
    return Surroundings(
        {account_id("acme", uid): There(one, 1) for uid, one in accounts.items()},
        {
            ("acme", fold(alias)): account_id("acme", one.uid)
            for one in accounts.values()
            for alias in one.aliases
        },
        {
            ("acme", *pair): account_id("acme", one.uid)
            for one in accounts.values()
            for pair in one.external.items()
        },
    )


def line(uid: str, number: int = 2, **values: object) -> Line:
    told = AccountChanges(**values)  # type: ignore[arg-type]
    return Line(number=number, tenant="acme", uid=uid, changes=told)


def compared(there: Directory, *lines: Line, may_except: bool = True) -> list[Compared]:
    return Comparison(NOW, may_except=may_except).compare(lines, around(there))


def applied(there: Directory, found: Sequence[Compared]) -> dict[str, Account]:
    """The directory with what was found."""
    made = [one.row.after for one in found if one.row.after is not None]
    return {**there, **{one.uid: one for one in made}}


def told(accounts: Directory) -> dict[str, Account]:
    """Accounts without who said what."""
    return {uid: structs.replace(one, origins={}) for uid, one in accounts.items()}


def listed(accounts: Directory) -> list[Line]:
    providers = sorted({p for one in accounts.values() for p in one.external})
    heading = [*HEADINGS, *(f"external.{provider}" for provider in providers)]
    rows = [heading, *(cells_of(one, providers) for one in accounts.values())]
    saved = io.BytesIO(b"".join(document(rows)))
    return list(Sheet(saved, Reading(tenant="acme", clears=True, at=NOW)).lines())


@st.composite
def directories(draw: st.DrawFn) -> dict[str, Account]:
    """Some accounts whose names and ids are their own."""
    made: dict[str, Account] = {}
    taken: set[str] = set()
    for uid in draw(st.sets(st.sampled_from(("a", "b", "c", "=d", "é;")), max_size=4)):
        one = settled(merge(account(uid), draw(changes()), Origin.CSV, NOW - 9).account)
        aliases = tuple(name for name in one.aliases if fold(name) not in taken)
        taken.update(fold(name) for name in aliases)
        ids = {provider: f"{uid}{value}" for provider, value in one.external.items()}
        made[uid] = structs.replace(one, aliases=aliases, external=ids)
    return made


@given(directories(), directories())
def test_what_is_found_makes_of_one_directory_the_other(a: Directory, b: Directory) -> None:
    # A name that one gives away while another takes it is refused: see below.
    given_away = {fold(name) for one in a.values() for name in one.aliases}
    b = {
        uid: structs.replace(
            one,
            aliases=tuple(
                name
                for name in one.aliases
                if fold(name) not in given_away or name in getattr(a.get(uid), "aliases", ())
            ),
        )
        for uid, one in b.items()
    }
    found = compared(a, *listed(b))
    assert [one.row.why for one in found if one.outcome is Outcome.REFUSED] == []
    made = applied(a, found)
    for uid, one in b.items():
        kept = {} if uid not in a else a[uid].external
        providers = {p for other in b.values() for p in other.external}
        external = {p: i for p, i in kept.items() if p not in providers} | one.external
        assert told(made)[uid] == structs.replace(one, origins={}, external=external)
    assert {uid: made[uid] for uid in a if uid not in b} == {
        u: o for u, o in a.items() if u not in b
    }
    again = compared(made, *listed({uid: made[uid] for uid in b}))
    assert all(one.outcome is Outcome.UNCHANGED and one.row.after is None for one in again)


def test_each_line_comes_to_what_it_is() -> None:
    there = {
        "old": account("old", state=State.ACTIVE, locale="fr"),
        "same": account("same", state=State.ACTIVE, locale="fr"),
        "said": account("said", Origin.PERSON, state=State.ACTIVE, locale="fr"),
    }
    found = compared(
        there,
        line("new", 2, locale="fr"),
        line("old", 3, locale="en"),
        line("same", 4, locale="fr"),
        line("said", 5, locale="en"),
        line("bad", 6, locale="?"),
    )
    outcomes = [Outcome.ADDED, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.UNCHANGED]
    assert [one.outcome for one in found] == [*outcomes, Outcome.REFUSED]
    assert found[1].row.changes == (Change("locale", "fr", "en"),)
    assert (found[1].version, found[0].version) == (1, 0)
    assert found[3].row.held == (Change("locale", "fr", "en"),)
    assert found[3].row.after is None
    assert found[4].row.why is not None
    assert found[4].row.why.en.startswith("locale:")


def test_a_line_that_says_it_again_is_one_and_one_that_differs_is_refused() -> None:
    comparison = Comparison(NOW, may_except=True)
    lines = [line("u", 2, locale="fr"), line("u", 3, locale="fr"), line("u", 4, locale="en")]
    first = comparison.compare(lines, around({}))
    assert [one.repeats for one in first] == [False, True, False]
    assert first[2].row.why is not None
    assert "line 2" in first[2].row.why.en
    later = comparison.compare([line("u", 900, locale="fr")], around({}))
    assert later[0].repeats


def test_a_name_or_an_id_is_one_accounts_in_the_directory_and_in_the_list() -> None:
    there = {"x": account("x", aliases=("ann",), external={"okta": "7"})}
    found = compared(
        there,
        line("a", aliases=("ANN",)),
        line("b", external={"okta": "7"}),
        line("c", aliases=("lee",), external={"hr": "1"}),
        line("d", aliases=("LEE",)),
        line("e", external={"hr": "1"}),
        line("x", aliases=("ann", "new")),
    )
    outcomes = [one.outcome for one in found]
    refused, added, changed = Outcome.REFUSED, Outcome.ADDED, Outcome.CHANGED
    assert outcomes == [refused, refused, added, refused, refused, changed]


def test_a_list_of_too_many_names_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.directory.comparing.MOST_NAMES", 3)
    found = compared({}, line("a", aliases=("1", "2", "3")), line("b", aliases=("4",)))
    assert [one.outcome for one in found] == [Outcome.ADDED, Outcome.REFUSED]


def test_that_several_use_it_is_for_those_who_may_say_so() -> None:
    said = line("desk", kind=AccountKind.KIOSK)
    assert compared({}, said)[0].outcome is Outcome.ADDED
    assert compared({}, said, may_except=False)[0].outcome is Outcome.REFUSED
    there = {"desk": account("desk", kind=AccountKind.KIOSK, state=State.ACTIVE)}
    assert compared(there, said, may_except=False)[0].outcome is Outcome.UNCHANGED
    named = line("desk", aliases=("ann",))
    assert compared(there, named)[0].outcome is Outcome.CHANGED
    assert compared(there, named, may_except=False)[0].outcome is Outcome.REFUSED


def test_sharing_that_is_told_again_goes_on() -> None:
    old = sharing(since=NOW - 500)
    there = {"desk": account("desk", kind=AccountKind.SHARED, sharing=old, state=State.ACTIVE)}
    again = line("desk", kind=AccountKind.SHARED, sharing=structs.replace(old, since=NOW))
    assert compared(there, again)[0].outcome is Outcome.UNCHANGED
    longer = structs.replace(old, since=NOW, until=old.until + 1)
    changed = compared(there, line("desk", kind=AccountKind.SHARED, sharing=longer))
    assert changed[0].outcome is Outcome.CHANGED


def test_whoever_is_on_the_list_again_is_back_unless_a_person_said_otherwise() -> None:
    gone = {"u": account("u", state=State.OFFBOARDED)}
    (back,) = compared(gone, line("u", locale="fr"))
    assert back.row.after is not None
    assert back.row.after.state is State.ACTIVE
    fired = {"u": account("u", Origin.PERSON, state=State.OFFBOARDED)}
    (still,) = compared(fired, line("u", email="u@example.com"))
    assert still.row.after is not None
    assert still.row.after.state is State.OFFBOARDED


def test_people_that_a_list_does_not_name_go_and_others_stay() -> None:
    gone = missing(There(account(state=State.ACTIVE), 3), NOW)
    assert gone is not None
    assert gone.row.after is not None
    assert (gone.outcome, gone.version, gone.row.after.state) == (
        Outcome.MISSING,
        3,
        State.OFFBOARDED,
    )
    for spared in (
        account(kind=AccountKind.SERVICE, state=State.ACTIVE),
        account(kind=AccountKind.BREAK_GLASS, state=State.ACTIVE),
        account(origin=Origin.SCIM, state=State.ACTIVE),
    ):
        assert missing(There(spared, 1), NOW) is None


def test_half_a_list_offboards_nobody() -> None:
    assert too_many_missing(5, 10, None) is None
    assert too_many_missing(100, 1_000, None) is None
    refusal = too_many_missing(101, 1_000, None)
    assert refusal is not None
    assert "101 of 1,000" in refusal.en
    assert too_many_missing(101, 1_000, 101) is None
    assert too_many_missing(1_000, 1_000, 999) is not None


@given(changes())
def test_every_value_can_be_shown(drawn: AccountChanges) -> None:
    for name in drawn.__struct_fields__:
        text = shown(getattr(drawn, name))
        assert len(text) <= 200
        assert "\n" not in text
