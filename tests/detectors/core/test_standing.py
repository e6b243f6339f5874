"""What stands: put when new or grown, withdrawn when it does not follow any more."""

from collections.abc import Iterable
from typing import Any, ClassVar

from msgspec import structs

from detectors.core.context import Context
from detectors.core.detector import About
from detectors.core.event import DAY, HOUR
from detectors.core.finding import Evidence, Finding, Severity, Theme, Weights, standing
from detectors.core.identity import Subject, SubjectKind
from detectors.core.ledger import Ledger, TenantLedger
from detectors.core.standing import Campaigns, Standing, is_of_campaigns
from detectors.impossible_travel import ImpossibleTravel
from detectors.password_spraying import PasswordSpraying
from tests.detectors.crowd import BAD, attempt, office, on, spray
from tests.detectors.story import LYON, SERVER


class ManyFail:
    """Stands while an odd number of accounts fail at a source."""

    about: ClassVar[About] = structs.replace(
        PasswordSpraying.about, name="many_fail", looks_at_tenant=False
    )
    parameters: Any = None

    def of_source(
        self, subject: Subject, ledger: Ledger, day: int, context: Context
    ) -> Iterable[Finding]:
        """A finding that says how many."""
        seen = ledger.days[day]
        count = len(seen.tries)
        if count % 2 == 0:
            return ()
        evidence = Evidence("many", Weights(attack=1.0), {"count": count})
        return (
            standing(
                "many_fail",
                subject,
                day * DAY,
                day * DAY,
                evidence,
                tuple(seen.firsts[:1]),
                severity=Severity.LOW,
            ),
        )

    def of_tenant(
        self, subject: Subject, ledger: TenantLedger, day: int, context: Context
    ) -> Iterable[Finding]:
        """Nothing."""
        return ()


def campaigns(*detectors: Any) -> Campaigns:
    return Campaigns(detectors or (ManyFail(),), Context())


def test_it_is_put_once_and_again_when_it_says_something_else() -> None:
    all_of_them = campaigns()
    first = all_of_them.fold(spray(SERVER, 1, on(1)))
    assert [f.evidence.facts["count"] for f in first.put] == [1]
    same = all_of_them.fold([attempt(on(1, 1), "user-0", SERVER, reason=BAD)])
    assert (same.put, same.withdrawn) == ([], [])
    grown = all_of_them.fold(spray(SERVER, 2, on(1, 2), first=1))
    assert [f.id for f in grown.put] == [f.id for f in first.put]


def test_it_is_withdrawn_when_it_does_not_stand_any_more() -> None:
    all_of_them = campaigns()
    (finding,) = all_of_them.fold(spray(SERVER, 1, on(1))).put
    gone = all_of_them.fold(spray(SERVER, 1, on(1, 1), first=1))
    assert (gone.put, gone.withdrawn) == ([], [finding.id])
    back = all_of_them.fold(spray(SERVER, 1, on(1, 2), first=2))
    assert [f.id for f in back.put] == [finding.id]


def test_a_day_that_passed_is_left_as_it_was() -> None:
    """Its bucket is let go of; what was found of it is not withdrawn."""
    all_of_them = campaigns()
    (finding,) = all_of_them.fold(spray(SERVER, 1, on(1))).put
    for day in range(2, 9):
        assert finding.id not in all_of_them.fold(spray(SERVER, 1, on(day))).withdrawn


def test_no_day_passes_unseen_in_a_batch_of_many() -> None:
    at_once = campaigns().fold(event for day in range(9) for event in spray(SERVER, 1, on(day)))
    assert len({finding.id for finding in at_once.put}) == 9


def test_what_was_said_and_taken_back_in_one_batch_is_withdrawn() -> None:
    one = campaigns().fold(spray(SERVER, 1, on(1))).put[0]
    whole = Standing(put=[one])
    whole.add(Standing(withdrawn=[one.id], sources={("a", "b")}))
    assert (whole.put, whole.withdrawn) == ([], [one.id])
    whole.add(Standing(put=[one]))
    assert (whole.put, whole.withdrawn) == ([one], [])
    assert whole.sources == {("a", "b")}


def test_a_detector_that_fails_is_said_and_stops_nothing() -> None:
    class Raises(ManyFail):
        about = structs.replace(ManyFail.about, name="raises")

        def of_source(self, *arguments: Any) -> Iterable[Finding]:
            raise ZeroDivisionError("planted")

    found = campaigns(Raises(), ManyFail()).fold(spray(SERVER, 1, on(1))).put
    assert [f.theme for f in found] == [Theme.HEALTH, Theme.ATTACK]


def test_an_address_where_people_get_in_is_no_suspect() -> None:
    all_of_them = campaigns(PasswordSpraying())
    all_of_them.fold([*office([0], 30), *spray(LYON, 5, on(0, 20)), *spray(SERVER, 5, on(0, 20))])
    assert set(all_of_them.tenants["acme"].suspects) == {SERVER.ip}


def test_it_is_known_which_detectors_read_ledgers() -> None:
    assert is_of_campaigns(PasswordSpraying())
    assert not is_of_campaigns(ImpossibleTravel())
    assert not campaigns(ImpossibleTravel())
    assert campaigns(ImpossibleTravel(), PasswordSpraying()).names == {"password_spraying"}


def test_what_is_forgotten_begins_anew() -> None:
    all_of_them = campaigns()
    all_of_them.fold(spray(SERVER, 1, on(1)))
    all_of_them.forget()
    assert not all_of_them.sources
    assert len(all_of_them.fold(spray(SERVER, 1, on(1) + HOUR)).put) == 1


def test_a_finding_is_about_its_own_source() -> None:
    (finding,) = campaigns().fold(spray(SERVER, 1, on(1))).put
    assert finding.subject == Subject(SubjectKind.SOURCE, "acme", str(SERVER.ip))
