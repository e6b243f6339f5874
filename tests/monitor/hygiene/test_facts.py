"""Facts: what is said of an account, what is not, and what cannot be told."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from detectors.core.context import AccountKind
from detectors.core.event import DAY
from detectors.core.listing import Listing
from monitor.directory.account import Account, Mfa, Sharing, State
from monitor.directory.listed import listing_of
from monitor.directory.origin import Origin, Provenance
from monitor.hygiene.facts import ALL, Alerts, Fact, Known, Thresholds, day, judge, mask_of
from monitor.hygiene.programs import program
from monitor.hygiene.sighting import Sighting, Used
from monitor.hygiene.versions import load

NOW = 1_795_000_000_000
"""2026-11-18."""
OLD_CHROME = "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 Chrome/109.0.0.0 Safari/537.36"
NEW_CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/157.0.0.0 Safari/537.36"
AT_WORK = Sighting(first=NOW - 90 * DAY, last=NOW - DAY)
USUAL = Thresholds()


def account(**fields: Any) -> Account:
    said = Provenance(Origin.CSV, NOW - 100 * DAY)
    values = {"uid": "mdupont", "state": State.ACTIVE, "display_name": "Marie Dupont"} | fields
    return Account(tenant="t", origins={"state": said}, **values)


def said(
    told: Account, sighting: Sighting = AT_WORK, **known: Any
) -> dict[Fact, dict[str, str | int]]:
    """What is said of an account."""
    listing = listing_of(told, "", 0)
    of = Known(account=told, listing=listing, sighting=sighting, **known)
    judged = judge(of, USUAL, load(), NOW)
    assert set(judged.said) <= judged.considered
    return judged.said


def considered(told: Account, sighting: Sighting = AT_WORK) -> frozenset[Fact]:
    """What could have been said."""
    of = Known(account=told, listing=listing_of(told, "", 0), sighting=sighting)
    return judge(of, USUAL, load(), NOW).considered


def test_a_person_at_work_is_said_nothing_of() -> None:
    used = Used(program(NEW_CHROME), NOW - DAY)
    of = structs.replace(AT_WORK, programs=(used,), factor=NOW - DAY)
    assert said(account(mfa=Mfa.STRONG, privileged=True), of) == {}


@pytest.mark.parametrize(("days", "dormant"), [(44, False), (45, True)])
def test_dormant_is_unused_for_so_long(days: int, dormant: bool) -> None:
    quiet = Sighting(first=NOW - 300 * DAY, last=NOW - days * DAY)
    assert (Fact.DORMANT in said(account(), quiet)) is dormant


def test_never_used_counts_from_when_it_is_known() -> None:
    never = Sighting()
    assert said(account(), never, created=NOW - 50 * DAY)[Fact.DORMANT] == {"days": 50, "never": 1}
    assert said(account(), never, created=NOW - DAY) == {}
    assert Fact.DORMANT not in considered(account(), never)


def test_an_account_for_emergencies_and_one_that_is_closed_are_not_dormant() -> None:
    quiet = Sighting(last=NOW - 200 * DAY)
    assert Fact.DORMANT not in said(account(kind=AccountKind.BREAK_GLASS), quiet)
    assert said(account(state=State.OFFBOARDED), quiet) == {}
    assert said(account(state=State.SUSPENDED), quiet) == {}
    assert Fact.DORMANT in said(account(kind=AccountKind.SERVICE), quiet)


def test_a_name_that_is_nobodys_unless_the_directory_says_whose_it_is() -> None:
    desk = account(uid="poste3", display_name="")
    assert said(desk)[Fact.GENERIC_NAME] == {"name": "poste3", "reason": "machine"}
    assert Fact.GENERIC_NAME in said(account(uid="poste3", display_name="Poste 3"))
    assert said(account(uid="poste3")) == {}
    by_log = structs.replace(AT_WORK, names=("accueil",))
    assert Fact.GENERIC_NAME in said(account(uid="u-1", display_name=""), by_log)


def test_what_is_meant_for_several_or_for_programs_may_be_called_so() -> None:
    sharing = Sharing(owner="Max", reason="desk", since=0, until=NOW + DAY)
    for fields in (
        {"kind": AccountKind.KIOSK},
        {"kind": AccountKind.SERVICE},
        {"kind": AccountKind.SHARED, "sharing": sharing},
    ):
        assert Fact.GENERIC_NAME not in said(account(uid="test", display_name="", **fields))
    over = Sharing(owner="Max", reason="desk", since=0, until=NOW - 2 * DAY)
    ended = account(uid="test", display_name="", kind=AccountKind.SHARED, sharing=over)
    assert Fact.GENERIC_NAME in said(ended)


@pytest.mark.parametrize(
    ("mfa", "found"), [(Mfa.NONE, "none"), (Mfa.WEAK, "weak"), (Mfa.STRONG, ""), (Mfa.UNKNOWN, "")]
)
def test_privileged_needs_a_strong_factor(mfa: Mfa, found: str) -> None:
    told = said(account(privileged=True, mfa=mfa)).get(Fact.PRIVILEGED_WITHOUT_STRONG_FACTOR, {})
    assert told.get("factor", "") == found


def test_no_factor_by_the_directory_or_by_the_latest_sign_on() -> None:
    assert said(account(mfa=Mfa.NONE))[Fact.NO_MFA] == {"said_by": "directory"}
    bare = structs.replace(AT_WORK, bare=NOW - DAY, factor=NOW - 9 * DAY)
    assert said(account(), bare)[Fact.NO_MFA] == {"said_by": "log"}
    with_it = structs.replace(AT_WORK, bare=NOW - 9 * DAY, factor=NOW - DAY)
    assert Fact.NO_MFA not in said(account(), with_it)
    assert Fact.NO_MFA in considered(account(), with_it)
    assert Fact.NO_MFA not in considered(account()), "nobody said"
    assert Fact.NO_MFA not in said(account(mfa=Mfa.STRONG), bare), "the directory knows better"


def test_a_browser_and_a_system_that_are_mended_no_more() -> None:
    old = structs.replace(AT_WORK, programs=(Used(program(OLD_CHROME), NOW - DAY),))
    told = said(account(), old)
    assert told[Fact.OUTDATED_BROWSER] == {"browser": "chrome", "version": "109"}
    assert told[Fact.OUTDATED_SYSTEM] == {"system": "windows", "version": "6.1"}
    long_ago = structs.replace(AT_WORK, programs=(Used(program(OLD_CHROME), NOW - 40 * DAY),))
    assert said(account(), long_ago) == {}
    script = account(kind=AccountKind.SERVICE)
    assert said(script, old) == {}


def test_a_session_that_is_open_for_weeks() -> None:
    open_long = structs.replace(AT_WORK, since=NOW - 20 * DAY, until=NOW - DAY)
    assert said(account(), open_long)[Fact.STALE_SESSION] == {"days": 19}
    left = structs.replace(AT_WORK, since=NOW - 20 * DAY, until=NOW - 5 * DAY)
    assert said(account(), left) == {}


def test_offboarded_and_used_since() -> None:
    at = Provenance(Origin.CSV, NOW - 10 * DAY)
    gone = structs.replace(account(state=State.OFFBOARDED), origins={"state": at})
    assert said(gone) == {Fact.OFFBOARDED_ACTIVE: {"days": 9}}
    assert said(gone, structs.replace(AT_WORK, last=NOW - 9 * DAY)) == {}, "the last evening"


def test_unknown_where_a_complete_directory_has_it_not() -> None:
    log = Provenance(Origin.LOG, NOW)
    seen_only = Account(tenant="t", uid="x", origins={"uid": log})
    assert Fact.UNKNOWN_TO_DIRECTORY in said(seen_only, is_complete=True)
    assert said(seen_only) == {}
    assert said(account(), is_complete=True) == {}


@given(
    st.sampled_from(State),
    st.sampled_from([kind for kind in AccountKind if kind is not AccountKind.SHARED]),
    st.sampled_from(Mfa),
    st.booleans(),
    st.integers(0, NOW),
    st.integers(0, NOW),
)
def test_nothing_is_said_that_could_not_have_been(
    state: State, kind: AccountKind, mfa: Mfa, privileged: bool, last: int, since: int
) -> None:
    told = account(state=state, kind=kind, mfa=mfa, privileged=privileged)
    sighting = Sighting(last=last, since=min(since, last), until=last)
    assert set(said(told, sighting)) <= set(Fact)


@pytest.mark.parametrize(
    ("told", "methods", "own", "is_weak"),
    [
        (Mfa.WEAK, (), (), True),
        (Mfa.UNKNOWN, ("sms",), (), True),
        # The strongest of several counts: that one is there.
        (Mfa.UNKNOWN, ("sms", "webauthn"), (), False),
        (Mfa.WEAK, ("sms",), ("totp",), False),
        (Mfa.STRONG, (), (), False),
        (Mfa.UNKNOWN, (), (), False),
        # That there is none is another matter.
        (Mfa.NONE, (), (), False),
    ],
)
def test_a_factor_that_others_can_answer_is_weak(
    told: Mfa, methods: tuple[str, ...], own: tuple[str, ...], is_weak: bool
) -> None:
    sighting = structs.replace(AT_WORK, methods=methods)
    found = said(account(mfa=told), sighting, own=frozenset(own))
    assert (Fact.WEAK_FACTOR in found) is is_weak


def test_a_factor_set_up_here_is_one_whatever_the_directory_says() -> None:
    assert Fact.NO_MFA in said(account(mfa=Mfa.NONE))
    assert said(account(mfa=Mfa.NONE), own=frozenset({"passkey"})) == {}


@pytest.mark.parametrize(
    ("told", "methods", "own", "lacks"),
    [
        (Mfa.STRONG, ("totp",), (), True),
        (Mfa.STRONG, ("totp", "security key"), (), False),
        (Mfa.STRONG, ("totp",), ("passkey",), False),
        (Mfa.NONE, (), (), True),
        # Strong, and nobody said what it is.
        (Mfa.STRONG, (), (), False),
    ],
)
def test_who_may_much_needs_what_cannot_be_talked_out_of_them(
    told: Mfa, methods: tuple[str, ...], own: tuple[str, ...], lacks: bool
) -> None:
    holder = account(privileged=True, mfa=told, mfa_methods=methods)
    assert (Fact.PRIVILEGED_WITHOUT_PASSKEY in said(holder, own=frozenset(own))) is lacks
    others = account(mfa=told, mfa_methods=methods)
    assert Fact.PRIVILEGED_WITHOUT_PASSKEY not in said(others, own=frozenset(own))


@pytest.mark.parametrize(("days", "is_said"), [(2, False), (3, True)])
def test_an_alert_that_nobody_looked_at_for_days(days: int, is_said: bool) -> None:
    alerts = Alerts(count=3, waiting=1, since=NOW - days * DAY)
    found = said(account(), alerts=alerts).get(Fact.UNREVIEWED_ALERT)
    assert found == ({"count": 1, "days": 3} if is_said else None)
    assert said(account(), alerts=Alerts(count=3)) == {}


def test_facts_are_bits_that_never_change_their_place() -> None:
    assert [fact.value for fact in ALL] == [
        "dormant",
        "generic_name",
        "privileged_without_strong_factor",
        "no_mfa",
        "outdated_browser",
        "outdated_system",
        "stale_session",
        "offboarded_active",
        "unknown_to_directory",
        "weak_factor",
        "privileged_without_passkey",
        "unreviewed_alert",
    ]
    assert mask_of({Fact.DORMANT: {}, Fact.NO_MFA: {}}) == 0b1001


def test_a_day_is_utc_s() -> None:
    assert day(NOW).isoformat() == "2026-11-18"


def test_a_listing_by_itself_is_enough_to_be_over() -> None:
    listing = Listing(since=0, left=NOW - 9 * DAY)
    of = Known(account=account(), listing=listing, sighting=AT_WORK)
    assert Fact.OFFBOARDED_ACTIVE in judge(of, USUAL, load(), NOW).said
