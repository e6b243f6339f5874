"""A policy is adopted by who may, on the version they looked at, and with a reason."""

import threading

import pytest
from msgspec import structs
from sqlalchemy import Engine as Database
from sqlalchemy import select

from alerts.difference import Course
from alerts.document import PolicyError
from alerts.ladder import Step
from alerts.policy import Mode, Outcome
from alerts.trial import counts
from detectors.core.event import DAY
from detectors.core.finding import Evidence, Severity, Weights, finding
from detectors.core.identity import Subject, SubjectKind
from monitor.directory.tenant import Tenant
from monitor.services.actor import Role, operator
from monitor.services.policies import LONGEST_REASON, Policies, ReasonError
from monitor.services.refusal import NotAllowedError, NotFreshError, NotThereError, StaleError
from monitor.store import policies, restrictions, stream, tables
from monitor.store.directory import DirectoryTable
from monitor.store.writing import Writing
from tests.alerts.test_trial import case
from tests.monitor.services.listed import contents, deeds
from tests.monitor.services.people import person, program

NOW = 1_768_431_600_000
ANN = operator("ann")
ACTS = """version = 1
mode = "act"
[[rules]]
name = "taken-over"
then = ["challenge", "suspend"]
when = { category = ["account_takeover"], severity = "high" }
"""
WHY = "after the drill"


@pytest.fixture
def service(database: Database) -> Policies:
    """The policy of a new database."""
    return Policies(database, lambda: NOW)


def test_before_anybody_wrote_one_what_is_shipped_holds(service: Policies) -> None:
    current = service.current(ANN)
    assert current.id == 0
    assert 'mode = "shadow"' in current.document
    assert service.versions(ANN).items == ()
    assert service.version(ANN, 0) == current


def test_it_is_adopted_and_written_down(service: Policies, database: Database) -> None:
    made = service.adopt(ANN, ACTS, 0, f" {WHY} ")
    assert (made.id, made.document, made.reason, made.actor_name) == (1, ACTS, WHY, "ann")
    assert service.current(ANN) == made
    assert service.holding(ANN).policy.mode is Mode.ACT
    assert deeds(database)[-1] == ("policy:write", "policy:1", None)
    told = contents(database)[-1]
    assert told["reason"] == WHY
    assert told["mode"] == "act"
    assert "mode" in told["changed"]
    with database.connect() as connection:
        rows = connection.execute(select(tables.changes.c.kind, tables.changes.c.reference)).all()
    assert [tuple(row) for row in rows] == [(stream.Kind.POLICY.value, "1")]


def test_what_holds_already_is_no_new_version(service: Policies, database: Database) -> None:
    made = service.adopt(ANN, ACTS, 0, WHY)
    count = len(deeds(database))
    assert service.adopt(ANN, ACTS, 1, WHY) == made
    assert len(deeds(database)) == count


def test_nobody_undoes_what_they_never_saw(service: Policies) -> None:
    service.adopt(ANN, ACTS, 0, WHY)
    with pytest.raises(StaleError, match="version 1 was adopted since"):
        service.adopt(ANN, 'mode = "shadow"', 0, WHY)
    with pytest.raises(StaleError):
        service.restore(ANN, 0, 0, WHY)
    assert service.current(ANN).document == ACTS


def test_from_what_this_program_cannot_read_there_is_a_way_back(
    service: Policies, database: Database
) -> None:
    service.adopt(ANN, ACTS, 0, WHY)
    with database.begin() as connection:
        future = "version = 2\nfuture = true\n"
        who = {"actor": "operator:bo", "actor_name": "bo", "reason": "newer"}
        assert policies.add(connection, 1, future, now=NOW, **who) == 2
    assert service.holding(ANN).trouble is not None
    assert "rules.taken-over" in [one.where for one in service.compare(ANN, 2, 1)]
    with pytest.raises(PolicyError):
        service.restore(ANN, 2, 2, WHY)
    assert service.restore(ANN, 1, 2, "back to the older program").id == 3
    assert service.holding(ANN).trouble is None


def test_a_policy_with_long_names_is_written_down(service: Policies, database: Database) -> None:
    tenants = "".join(f'[tenants."{"é" * 1_000}{number}"]\nseats = 1\n' for number in range(120))
    service.adopt(ANN, tenants, 0, WHY)
    told = contents(database)[-1]["changed"]
    assert len(told) == 100
    assert max(map(len, told)) == 100


def test_of_many_who_adopt_at_once_one_does(service: Policies, database: Database) -> None:
    begin, outcomes = threading.Barrier(4), []

    def adopt(number: int) -> None:
        begin.wait()
        try:
            made = service.adopt(ANN, f"[guardrails]\nper_hour = {number}\n", 0, WHY)
            outcomes.append(made.id)
        except StaleError:
            outcomes.append(0)

    threads = [threading.Thread(target=adopt, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [0, 0, 0, 1]
    assert [one.id for one in service.versions(ANN).items] == [1]
    assert [one[1] for one in deeds(database)] == ["policy:1"]


def test_an_earlier_version_holds_again_as_a_new_one(service: Policies, database: Database) -> None:
    service.adopt(ANN, ACTS, 0, WHY)
    service.adopt(ANN, 'mode = "shadow"', 1, WHY)
    made = service.restore(ANN, 1, 2, "it was right")
    assert (made.id, made.document) == (3, ACTS)
    assert contents(database)[-1]["of"] == 1
    page = service.versions(ANN, most=2)
    assert [one.id for one in page.items] == [3, 2]
    assert [one.id for one in service.versions(ANN, page.next).items] == [1]
    with pytest.raises(NotThereError):
        service.restore(ANN, 9, 3, WHY)


@pytest.mark.parametrize("reason", ["", "  ", "x" * (LONGEST_REASON + 1)])
def test_it_is_said_why(service: Policies, reason: str) -> None:
    with pytest.raises(ReasonError) as caught:
        service.adopt(ANN, ACTS, 0, reason)
    assert caught.value.text.fr != caught.value.text.en


def test_what_cannot_be_is_not_kept(service: Policies) -> None:
    for ask in (lambda: service.adopt(ANN, "mode = 1", 0, WHY), lambda: service.check(ANN, "x")):
        with pytest.raises(PolicyError):
            ask()
    assert service.current(ANN).id == 0


def test_only_administrators_adopt_and_prove_who_they_are(service: Policies) -> None:
    for actor in (person(Role.APPROVER, authenticated=NOW), program("policy:read")):
        assert service.current(actor).id == 0
        with pytest.raises(NotAllowedError):
            service.adopt(actor, ACTS, 0, WHY)
    with pytest.raises(NotFreshError):
        service.adopt(person(Role.ADMINISTRATOR, authenticated=NOW - DAY), ACTS, 0, WHY)
    with pytest.raises(NotAllowedError):
        service.current(person(Role.TENANT_CONTACT, tenant="acme"))


def test_a_check_says_what_changes_and_what_comes_to_nothing(
    service: Policies, database: Database
) -> None:
    with database.begin() as connection:
        DirectoryTable(connection).put_tenant(Tenant(uid="acme"), None, NOW)
    document = ACTS + "[tenants.acme]\nseats = 2\n[tenants.acne]\nseats = 2\n"
    found = service.check(ANN, document)
    assert found.base == 0
    assert [(d.where, d.course) for d in found.differences[:1]] == [("mode", Course.MORE)]
    assert [one.text.en for one in found.remarks if one.where == "tenants"] == [
        "The directory has no tenant acne: nothing fits until it has."
    ]
    assert found.remarks[0].where == "mode"


def test_two_versions_are_compared(service: Policies) -> None:
    service.adopt(ANN, ACTS, 0, WHY)
    service.adopt(ANN, ACTS.replace('"suspend"', '"revoke"'), 1, WHY)
    (told,) = service.compare(ANN, 1, 2)
    assert told.where == "rules.taken-over.then"
    assert (told.before, told.after) == (["challenge", "suspend"], ["challenge", "revoke"])
    with pytest.raises(NotThereError):
        service.compare(ANN, 1, 7)


def test_a_preview_decides_again_about_what_stands(service: Policies, database: Database) -> None:
    recent, old = case("u1", NOW - DAY), case("u2", NOW - 9 * DAY)
    hidden = case("u3", NOW - DAY)
    weights = Evidence("g", Weights(taken_over=3.0), {})
    with database.begin() as connection:
        writing = Writing(connection)
        for one in (recent, old, hidden):
            made = finding(
                "sign_in_risk",
                one.incident.subject,
                one.incident.reached,
                Severity.HIGH,
                weights,
                (one.incident.id,),
            )
            writing.put_findings([made])
            incident = structs.replace(one.incident, findings=(made.id,))
            writing.put_incidents([incident])
        subject = Subject(SubjectKind.ACCOUNT, "acme", "u3")
        restrictions.restrict(connection, subject, NOW, "asked", "operator:ann")
    found = service.preview(ANN, ACTS, 7)
    assert [one.incident.subject.uid for one in found.before] == ["u1"]
    assert counts(found.before)[Step.REVOKE] == {Outcome.SHADOW: 1}
    assert counts(found.after) == {
        Step.CHALLENGE: {Outcome.ACT: 1},
        Step.SUSPEND: {Outcome.PROPOSE: 1},
    }
    (turn,) = found.comparison.answered
    assert {r.step for r in turn.removed} == {Step.NOTIFY, Step.CHALLENGE, Step.REVOKE}
    assert not found.is_cut
    assert service.current(ANN).id == 0
    assert len(service.preview(ANN, ACTS, 30).before) == 2
