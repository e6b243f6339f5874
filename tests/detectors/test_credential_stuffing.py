"""Credential stuffing: lists of names from elsewhere, of which some exist; also by a botnet."""

from detectors.core.campaign import CampaignParameters
from detectors.core.event import HOUR, MINUTE, SECOND, Event
from detectors.core.finding import Finding, Severity
from detectors.core.identity import SubjectKind
from detectors.credential_stuffing import CredentialStuffing
from tests.detectors.crowd import (
    UNKNOWN,
    attempt,
    botnet,
    homes,
    judged,
    names,
    of_kind,
    office,
    on,
    source,
    spray,
)
from tests.detectors.story import CHROME, LYON, MOSCOW, SCRIPT, SERVER


def found(events: list, parameters: CampaignParameters | None = None) -> list[Finding]:
    """What stands in the end."""
    return judged([CredentialStuffing(parameters)], sorted(events, key=lambda event: event.id))


def from_one() -> list[Event]:
    """A list of 150 names, ten of which exist, one pair right."""
    events = names(SERVER, 150, on(2, 3), 2, existing=range(0, 150, 15))
    events.append(attempt(on(2, 3) + 100 * SECOND + 7, "user-30", SERVER, SCRIPT))
    return sorted([*homes(range(2), 60), *events], key=lambda event: event.id)


def from_a_botnet() -> list[Event]:
    """Two tries from each of a hundred addresses, within an hour."""
    quiet = homes(range(5), 200)
    return sorted([*quiet, *botnet(100, on(4, 9), 15, unknown=True)], key=lambda event: event.id)


HOSTILE = (from_one, from_a_botnet)


def test_a_list_with_a_hit() -> None:
    findings = found(from_one())
    (whole,) = of_kind(findings, SubjectKind.SOURCE)
    assert whole.severity >= Severity.MEDIUM
    assert whole.evidence.facts["hits"] == 1
    (hit,) = of_kind(findings, SubjectKind.ACCOUNT)
    assert hit.subject.uid == "user-30"
    assert hit.severity >= Severity.MEDIUM


def test_a_list_without_a_hit_of_which_some_exist() -> None:
    (whole,) = found(list(names(SERVER, 150, on(2), 2, existing=range(0, 150, 15))))
    assert whole.evidence.facts["names"] == 150


def test_a_botnet_is_one_finding_that_names_its_addresses_and_no_home() -> None:
    """Among two hundred homes, of which some fail on the same day and a few give up."""
    findings = found(from_a_botnet())
    (whole,) = of_kind(findings, SubjectKind.TENANT)
    assert whole.severity >= Severity.MEDIUM
    assert {s.uid for s in whole.involved} == {f"203.0.113.{n}" for n in range(100)}
    assert on(4, 9) < whole.time < on(4, 9) + 15 * MINUTE


def test_a_botnet_that_takes_all_day() -> None:
    findings = found([*homes(range(5), 200), *botnet(120, on(4), 350, unknown=True)])
    (whole,) = [f for f in of_kind(findings, SubjectKind.TENANT) if f.time < on(5)]
    assert len(whole.involved) > 110


def test_ten_thousand_addresses() -> None:
    """More than are kept: a sample is named, all are counted."""
    findings = found(botnet(10_000, on(2), 1, unknown=True, each=1))
    whole = of_kind(findings, SubjectKind.TENANT)[0]
    assert len(whole.involved) <= 1_000
    assert whole.evidence.facts["sources"] >= 7_000


def test_a_botnet_gets_in() -> None:
    """An address that fails at two names and gets in as a third."""
    events = botnet(60, on(4, 9), 20, unknown=True)
    at = SERVER.leased("203.0.113.7")
    events.append(attempt(on(4, 10), "user-55", at, SCRIPT))
    findings = found([*homes(range(4), 100), *events])
    (hit,) = of_kind(findings, SubjectKind.ACCOUNT)
    assert hit.subject.uid == "user-55"
    assert hit.involved == (source("203.0.113.7"),)


def test_homes_that_mistype_their_names() -> None:
    """A name there is none of, then the right one: from where somebody gets in."""
    events = homes(range(8), 300)
    for number in range(0, 300, 10):
        at = LYON.leased(f"100.64.{number // 250}.{number % 250}")
        events.append(attempt(on(7, 7.5) + number, f"usr-{number}", at, CHROME, UNKNOWN))
    assert not found(list(events))


def test_an_office_that_mistypes_its_names() -> None:
    assert not found(office(range(5), 300, failing=0.2))


def test_a_dictionary_is_enumeration() -> None:
    assert not found(list(names(SERVER, 100, on(1), 2, existing=[5])))


def test_existing_accounts_are_sprayed() -> None:
    assert not found(list(spray(SERVER, 60, on(1))))


def test_names_that_came_late_make_the_same_finding() -> None:
    events = from_a_botnet()
    rng = __import__("random").Random(4)
    late = sorted(events, key=lambda event: event.time + rng.randrange(12 * HOUR))
    assert judged([CredentialStuffing()], late) == found(events)


def test_limits_are_parameters() -> None:
    few = names(MOSCOW, 9, on(1), 60, existing=[1, 4, 6])
    assert found(list(few), CampaignParameters(names=6))
    assert not found(list(few), CampaignParameters(names=40))
    small = botnet(11, on(1), 60, unknown=True, each=3)
    assert of_kind(found([*small], CampaignParameters(sources=8)), SubjectKind.TENANT)
    assert not of_kind(found([*small]), SubjectKind.TENANT)
