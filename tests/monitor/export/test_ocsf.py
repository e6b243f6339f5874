"""What other tools hold on to: fields, ids and bytes of the OCSF export."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.incident import Assessment, Category, Contribution, Incident
from detectors.core.event import (
    AccountChange,
    Activity,
    Answer,
    Change,
    FailureReason,
    Feedback,
    Outcome,
    SignIn,
)
from detectors.core.finding import Evidence, Finding, Severity, Theme, Weights, finding
from detectors.core.identity import Subject, SubjectKind, as_uuid, timed_id
from detectors.core.place import Device, Form, Network, NetworkKind, Place
from monitor.export.ocsf import confidence, event_record, finding_record, incident_record
from monitor.formats.format import Origin, formats

TIME = 1_795_467_790_123
LYON = Place("FR", "Auvergne-Rhône-Alpes", "Lyon", 45.76, 4.84, 50.0)
ORANGE = Network(3215, "Orange S.A.", NetworkKind.FIXED)
CHROME = Device("f1", "Chrome", "Windows", Form.DESKTOP)
ACCOUNT = Subject(SubjectKind.ACCOUNT, "acme", "usr-é 1")


def sign_in(**changes: Any) -> SignIn:
    fields: dict[str, Any] = {
        "id": timed_id(TIME, "a"),
        "time": TIME,
        "tenant": "acme",
        "account": "usr-é 1",
        "account_name": "zoe",
        "source": "replay",
        "uid": "native-1",
        "activity": Activity.LOGON,
        "outcome": Outcome.SUCCESS,
    }
    return SignIn(**(fields | changes))


def full(**changes: Any) -> SignIn:
    return sign_in(
        session="s1",
        ip="90.1.2.3",
        user_agent="Mozilla/5.0",
        mfa=True,
        mfa_method="totp",
        place=LYON,
        network=ORANGE,
        device=CHROME,
        **changes,
    )


def exported(event: Any, line: int | None = 7) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(event_record(event, log_format="ocsf", line=line))
    return record


def holds_null(value: object) -> bool:
    if isinstance(value, dict):
        return any(holds_null(v) for v in value.values())
    if isinstance(value, list):
        return any(holds_null(v) for v in value)
    return value is None


def found(event: SignIn, *more: bytes, detector: str = "brute_force") -> Finding:
    evidence = Evidence("guessed", Weights(attack=2.0), {"ip": "90.1.2.3", "place": None})
    ids = (event.id, *more)
    return finding(detector, ACCOUNT, event.time, Severity.MEDIUM, evidence, ids)


def test_a_sign_in_has_every_field_of_the_contract() -> None:
    record = exported(full())
    assert record["class_uid"] == 3002
    assert record["category_uid"] == 3
    assert (record["type_uid"], record["activity_id"], record["activity_name"]) == (
        300201,
        1,
        "Logon",
    )
    assert record["time"] == TIME
    assert record["status_id"] == 1
    assert record["severity_id"] == 1
    assert record["user"] == {"uid": "usr-é 1", "name": "zoe"}
    assert record["session"] == {"uid": "s1"}
    assert record["is_mfa"] is True
    assert record["auth_factors"] == [{"factor_type_id": 7, "factor_type": "totp"}]
    assert record["src_endpoint"]["ip"] == "90.1.2.3"
    assert record["src_endpoint"]["location"] == {
        "country": "FR",
        "region": "Auvergne-Rhône-Alpes",
        "city": "Lyon",
        "lat": 45.76,
        "long": 4.84,
        "coordinates": [4.84, 45.76],
    }
    assert record["src_endpoint"]["autonomous_system"] == {"number": 3215, "name": "Orange S.A."}
    assert record["http_request"] == {"user_agent": "Mozilla/5.0"}
    assert record["metadata"]["version"] == "1.6.0"
    assert record["metadata"]["uid"] == "native-1"
    assert record["metadata"]["tenant_uid"] == "acme"
    assert record["metadata"]["log_format"] == "ocsf"
    assert record["metadata"]["product"] == {"name": "Vigie", "vendor_name": "Confluent Digital"}
    assert record["unmapped"]["line"] == 7
    assert record["unmapped"]["network_kind"] == "fixed"
    assert record["unmapped"]["event_id"] == as_uuid(timed_id(TIME, "a"))
    assert record["unmapped"]["device"]["fingerprint"] == "f1"


def test_what_is_not_known_is_absent() -> None:
    record = exported(sign_in(account_name=None, uid=None), line=None)
    assert not holds_null(record)
    assert record.keys().isdisjoint({"session", "is_mfa", "src_endpoint", "http_request"})
    assert "name" not in record["user"]
    assert record["metadata"]["uid"] == as_uuid(timed_id(TIME, "a"))
    assert record["unmapped"].keys() == {"event_id"}


def test_false_and_empty_are_not_absent_when_the_log_says_so() -> None:
    assert exported(sign_in(mfa=False))["is_mfa"] is False
    assert exported(sign_in(session=""))["session"] == {"uid": ""}


@pytest.mark.parametrize(
    ("outcome", "status"), [(Outcome.SUCCESS, 1), (Outcome.FAILURE, 2), (Outcome.PENDING, 99)]
)
def test_every_outcome_has_its_status(outcome: Outcome, status: int) -> None:
    assert exported(sign_in(outcome=outcome))["status_id"] == status


@pytest.mark.parametrize("reason", list(FailureReason))
def test_every_failure_says_why(reason: FailureReason) -> None:
    record = exported(sign_in(outcome=Outcome.FAILURE, failure_reason=reason))
    assert record["status_detail"].isupper()


def test_a_name_that_stands_for_an_account_is_told_as_both() -> None:
    record = exported(sign_in(account="root", account_name=None, account_by_name=True))
    assert record["user"] == {"uid": "root", "name": "root"}
    assert record["unmapped"]["account_by_name"] is True


def test_a_line_told_twice_is_marked() -> None:
    assert exported(sign_in(corroborating=True))["unmapped"]["corroborating"] is True
    assert "corroborating" not in exported(sign_in())["unmapped"]


@pytest.mark.parametrize("change", list(Change))
def test_an_account_change_is_class_3001(change: Change) -> None:
    event = AccountChange(
        id=timed_id(TIME, "c"),
        time=TIME,
        tenant="acme",
        account="u1",
        change=change,
        actor="boss",
        ip="90.1.2.3",
    )
    record = exported(event)
    assert record["class_uid"] == 3001
    assert record["type_uid"] == 300100 + record["activity_id"]
    assert record["actor"] == {"user": {"uid": "boss"}}
    assert record["unmapped"]["change"] == change.value
    assert not holds_null(record)


def test_an_answer_is_a_base_event() -> None:
    event = Feedback(
        id=timed_id(TIME, "f"), time=TIME, tenant="acme", account="u1", answer=Answer.NOT_ME
    )
    record = exported(event)
    assert record["class_uid"] == 0
    assert record["unmapped"]["answer"] == "not_me"


def test_half_a_surrogate_pair_is_still_json() -> None:
    raw = event_record(sign_in(user_agent="a\ud800b"), log_format="ocsf")
    assert json.loads(raw)["http_request"]["user_agent"] == "a\ud800b"


TEXT = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=20)


@given(
    account=TEXT,
    name=st.none() | TEXT,
    session=st.none() | TEXT,
    agent=st.none() | TEXT,
    ip=st.none() | st.ip_addresses().map(str),
    activity=st.sampled_from(list(Activity)),
    outcome=st.sampled_from([Outcome.SUCCESS, Outcome.FAILURE]),
    reason=st.sampled_from(list(FailureReason)),
    mfa=st.none() | st.booleans(),
    time=st.integers(1_000_000_000_000, 2_000_000_000_000),
)
def test_what_is_written_is_read_back_the_same(
    account: str,
    name: str | None,
    session: str | None,
    agent: str | None,
    ip: str | None,
    activity: Activity,
    outcome: Outcome,
    reason: FailureReason,
    mfa: bool | None,
    time: int,
) -> None:
    event = sign_in(
        id=timed_id(time, account),
        account=account,
        account_name=name,
        session=session,
        user_agent=agent,
        ip=ip,
        activity=activity,
        outcome=outcome,
        failure_reason=reason if outcome is Outcome.FAILURE else None,
        mfa=mfa,
        time=time,
    )
    line = event_record(event, log_format="ocsf", line=1)
    origin = Origin("replay", "none", lambda _month, _day: 2026, lambda _second, _line: 0)
    (read,) = formats()["ocsf"].parse(line, origin)
    assert isinstance(read, SignIn)
    assert (read.account, read.account_name, read.tenant) == (account, name, "acme")
    assert (read.time, read.session, read.user_agent) == (time, session, agent)
    assert (read.activity, read.outcome, read.mfa) == (activity, outcome, mfa)
    assert (read.ip is None) == (ip is None)
    assert read.failure_reason == event.failure_reason


def test_the_same_event_gives_the_same_bytes() -> None:
    one = event_record(full(), log_format="ocsf", line=3)
    assert one == event_record(full(), log_format="ocsf", line=3)
    assert b"\n" not in one
    assert b": " not in one


def test_a_finding_names_the_logs_own_events_and_user() -> None:
    event = full()
    unnamed = sign_in(id=timed_id(TIME + 5, "b"), uid=None, time=TIME + 5, ip="91.1.1.1")
    missing = timed_id(TIME + 9, "gone")
    one = found(event, unnamed.id, missing)
    record = json.loads(finding_record(one, {event.id: event, unnamed.id: unnamed}))
    assert (record["class_uid"], record["type_uid"], record["time"]) == (2004, 200401, TIME)
    assert (record["activity_id"], record["status_id"], record["severity_id"]) == (1, 1, 3)
    assert 0 <= record["confidence_score"] <= 100
    info = record["finding_info"]
    assert info["uid"] == as_uuid(one.id)
    assert info["analytic"]["name"] == "brute_force"
    assert info["analytic"]["type_id"] == 2
    assert info["types"] == ["attack"]
    assert [e["uid"] for e in info["related_events"]] == [
        "native-1",
        as_uuid(unnamed.id),
        as_uuid(missing),
    ]
    assert {"T1110"} == {a["technique"]["uid"] for a in info["attacks"]}
    assert info["title"]
    assert info["desc"]
    assert record["observables"][0] == {
        "name": "actor.user.uid",
        "type_id": 31,
        "type": "User uid",
        "value": "usr-é 1",
    }
    addresses = [o for o in record["observables"] if o["name"] == "src_endpoint.ip"]
    assert [(o["type_id"], o["value"]) for o in addresses] == [(2, "90.1.2.3"), (2, "91.1.1.1")]
    assert record["evidences"][0]["data"]["speaks_for"] == {"attack": 2.0}
    assert record["evidences"][1]["src_endpoint"]["ip"] == "90.1.2.3"


def test_what_a_model_says_is_told_apart() -> None:
    event = full()
    one = found(event)
    said = msgspec.structs.replace(
        one, evidence=msgspec.structs.replace(one.evidence, learned=True)
    )
    record = json.loads(finding_record(said, {event.id: event}))
    assert record["finding_info"]["analytic"]["type_id"] == 4
    assert record["finding_info"]["analytic"]["type"] == "Learning (ML/DL)"


def test_a_finding_of_a_detector_that_is_gone_is_still_told() -> None:
    event = full()
    record = json.loads(finding_record(found(event, detector="forgotten_one"), {event.id: event}))
    assert record["finding_info"]["analytic"]["name"] == "forgotten_one"
    assert record["finding_info"]["title"] == "forgotten one"
    assert "attacks" not in record["finding_info"]


def test_confidence_grows_with_the_evidence() -> None:
    scores = [
        confidence(
            finding(
                "brute_force",
                ACCOUNT,
                TIME,
                Severity.LOW,
                Evidence("g", Weights(shared=weight), {}),
                (timed_id(TIME, "a"),),
            )
        )
        for weight in (0.0, 1.0, 3.0, 6.0)
    ]
    assert scores == sorted(scores)
    assert scores[0] == 50
    assert scores[-1] == 100


def incident(findings: tuple[Finding, ...], subject: Subject = ACCOUNT) -> Incident:
    contributions = tuple(
        Contribution(f.id, f.detector, (0.0, 0.0, 0.0, 0.0), 2.0) for f in findings
    )
    return Incident(
        id=timed_id(TIME, "incident"),
        subject=subject,
        theme=Theme.ATTACK,
        category=Category.BRUTE_FORCE,
        severity=Severity.HIGH,
        confidence=87,
        assessment=Assessment((0.7, 0.1, 0.05, 0.15), 0.87, contributions),
        findings=tuple(f.id for f in findings),
        opened=TIME,
        updated=TIME + 60_000,
        reached=TIME + 30_000,
    )


def test_an_incident_says_what_it_comes_to() -> None:
    one = found(full())
    other = found(full(id=timed_id(TIME + 1, "x")))
    record = json.loads(incident_record(incident((one,)), [other, one]))
    assert (record["class_uid"], record["time"], record["start_time"]) == (
        2005,
        TIME + 60_000,
        TIME + 30_000,
    )
    assert (record["activity_id"], record["status_id"], record["severity_id"]) == (2, 1, 4)
    assert record["confidence_score"] == 87
    (info,) = record["finding_info_list"]
    assert info["uid"] == as_uuid(one.id)
    assert info["analytic"]["name"] == "brute_force"
    assert [o["value"] for o in record["observables"]] == ["usr-é 1"]
    assert record["unmapped"]["category"] == "brute_force"
    assert record["unmapped"]["assessment"] == {
        "one_person": 0.7,
        "roaming": 0.1,
        "shared": 0.05,
        "taken_over": 0.15,
        "attack": 0.87,
    }
    assert "Brute force" in record["desc"]
    assert record["metadata"]["uid"] == as_uuid(timed_id(TIME, "incident"))


@pytest.mark.parametrize(
    ("kind", "uid", "name", "type_id"),
    [
        (SubjectKind.SOURCE, "90.1.2.3", "src_endpoint.ip", 2),
        (SubjectKind.TENANT, "", "metadata.tenant_uid", 99),
    ],
)
def test_every_kind_of_subject_is_observable(
    kind: SubjectKind, uid: str, name: str, type_id: int
) -> None:
    record = json.loads(incident_record(incident((), Subject(kind, "acme", uid)), []))
    (observable,) = record["observables"]
    assert (observable["name"], observable["type_id"]) == (name, type_id)
    assert observable["value"] == (uid or "acme")


def test_records_are_one_line_of_utf_8() -> None:
    raw = event_record(full(), log_format="ocsf")
    assert "usr-é 1".encode() in raw
    assert msgspec.json.decode(raw) == json.loads(raw)


def test_all_who_are_involved_are_observable() -> None:
    """The sources of a campaign, each once, and the subject first; before the events' own."""
    event = full()
    sources = tuple(Subject(SubjectKind.SOURCE, "acme", f"192.0.2.{n}") for n in range(100))
    finding = msgspec.structs.replace(found(event), involved=sources)
    record = json.loads(finding_record(finding, {event.id: event}))
    assert [o["value"] for o in record["observables"]] == [
        finding.subject.uid,
        *(source.uid for source in sources),
    ]
    one = msgspec.structs.replace(incident((finding,)), others=(*sources, sources[0]))
    record = json.loads(incident_record(one, [finding]))
    assert [o["value"] for o in record["observables"]][1:] == [s.uid for s in sources]
    assert {o["name"] for o in record["observables"][1:]} == {"src_endpoint.ip"}
