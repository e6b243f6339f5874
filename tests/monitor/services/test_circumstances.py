"""What a policy is told of an incident is what is stored, and no model or stranger is a ground."""

import pytest
from msgspec import structs
from sqlalchemy import Engine as Database

from alerts.incident import Assessment, Category, Incident
from alerts.policy import Grounds, Person
from detectors.core.context import AccountKind
from detectors.core.event import HOUR, Activity, Outcome, SignIn
from detectors.core.finding import Evidence, Finding, Severity, Theme, Weights, finding
from detectors.core.identity import Subject, SubjectKind, first_id, timed_id
from detectors.core.place import Network, NetworkKind
from monitor.directory.account import Account, Mfa, Sharing
from monitor.services.circumstances import circumstances, grounds_of, person_of
from monitor.store.directory import DirectoryTable
from monitor.store.writing import Writing, encode_event

NOW = 1_790_000_000_000
ANN = Subject(SubjectKind.ACCOUNT, "acme", "u-1")
FOUND = Weights(shared=2.0)


def found(
    detector: str = "impossible_travel",
    weights: Weights = FOUND,
    *,
    learned: bool = False,
    theme: Theme | None = None,
    events: tuple[bytes, ...] = (first_id(NOW),),
) -> Finding:
    """A finding on the account."""
    evidence = Evidence("g", weights, {}, learned)
    made = finding(detector, ANN, NOW, Severity.MEDIUM, evidence, events or (b"x" * 16,))
    return structs.replace(made, event_ids=events, theme=theme or made.theme)


@pytest.mark.parametrize(
    ("one", "is_ground"),
    [
        (found(), True),
        (found(weights=Weights(attack=1.0)), True),
        (found(learned=True), False),
        (found(theme=Theme.REPORT), False),
        (found(weights=Weights(shared=-1.0)), False),
        (found(weights=Weights(roaming=2.0)), False),
        (found(events=()), False),
    ],
)
def test_a_ground_is_found_by_no_model_and_shown_by_events(one: Finding, is_ground: bool) -> None:
    assert grounds_of([one], ()).unlearned is is_ground
    assert grounds_of([found(learned=True), one], ()).unlearned is is_ground


def test_of_an_account_that_nobody_spoke_of_nothing_is_known() -> None:
    assert person_of(None, NOW) == Person()
    assert person_of(None, NOW, AccountKind.SERVICE).kind is AccountKind.SERVICE


def test_the_directory_says_whose_account_it_is() -> None:
    account = Account(
        tenant="acme",
        uid="u-1",
        privileged=True,
        tags=("Night-Shift",),
        roles=("Supervisor",),
        mfa=Mfa.WEAK,
    )
    assert person_of(account, NOW) == Person(
        privileged=True,
        tags=frozenset(("night-shift",)),
        roles=frozenset(("supervisor",)),
        mfa=True,
    )
    assert person_of(structs.replace(account, mfa=Mfa.NONE), NOW).mfa is False
    assert person_of(structs.replace(account, mfa=Mfa.UNKNOWN), NOW).mfa is None
    shared = structs.replace(
        account,
        kind=AccountKind.SHARED,
        sharing=Sharing(owner="Bo", reason="desk", since=NOW - HOUR, until=NOW + HOUR),
    )
    assert person_of(shared, NOW).kind is AccountKind.SHARED
    assert person_of(shared, NOW + HOUR).kind is AccountKind.PERSON


def sign_in(time: int, kind: NetworkKind | None) -> SignIn:
    """One from a network of this kind."""
    network = None if kind is None else Network(asn=None, organisation=None, kind=kind)
    return SignIn(
        id=timed_id(time, "e"),
        time=time,
        activity=Activity.LOGON,
        outcome=Outcome.SUCCESS,
        tenant="acme",
        account="u-1",
        source="s",
        network=network,
    )


def test_all_of_it_is_read_from_the_store(database: Database) -> None:
    events = [sign_in(NOW + 1, NetworkKind.TOR), sign_in(NOW + 2, None)]
    cited = found(events=tuple(one.id for one in events))
    withdrawn = found("brute_force", Weights(attack=2.0))
    learned = found("account_sharing", learned=True)
    incident = Incident(
        id=b"i" * 16,
        subject=ANN,
        theme=Theme.USE,
        category=Category.CREDENTIAL_SHARING,
        severity=Severity.HIGH,
        confidence=90,
        assessment=Assessment((0.1, 0.1, 0.7, 0.1), 0.1, ()),
        findings=(cited.id, learned.id),
        opened=NOW,
        updated=NOW,
        reached=NOW,
    )
    with database.begin() as connection:
        writing = Writing(connection)
        source = writing.source("s", "ocsf").id
        writing.add_events(
            [(one.id, ANN.key(), None, source, False, encode_event(one)) for one in events]
        )
        writing.put_findings([cited, withdrawn, learned])
        writing.withdraw_findings([withdrawn.id])
        account = Account(tenant="acme", uid="w-9", aliases=("U-1",), privileged=True)
        DirectoryTable(connection).add(account, NOW)
        tor = frozenset((NetworkKind.TOR,))
        said = circumstances(connection, incident, NOW)
        assert said == (Grounds(unlearned=True, networks=tor), Person(privileged=True))
        only = structs.replace(incident, findings=(withdrawn.id, learned.id))
        kinds = {ANN: AccountKind.SERVICE}
        grounds, person = circumstances(connection, only, NOW, kinds)
        assert grounds == Grounds(unlearned=False)
        # The settings' word stands before the directory's.
        assert person == Person(kind=AccountKind.SERVICE, privileged=True)
