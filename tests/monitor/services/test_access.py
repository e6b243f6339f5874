"""A copy holds all that is kept of the person, and nobody else's data."""

import json
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine as Database

from detectors.core.event import Answer as Told
from detectors.core.event import Feedback
from detectors.core.identity import Subject, SubjectKind, timed_id
from monitor.services.access import PAGE, Access, Folder, Lazily
from monitor.services.actor import Role, operator
from monitor.services.looks import Looks
from monitor.services.protection import Protection, ProtectionError
from monitor.services.refusal import NotAllowedError, NotFreshError, NotThereError
from tests.monitor.erasing.leaving import (
    NAME,
    NOW,
    PEPPER,
    SUBJECT,
    WHO,
    enter,
    erase,
    fill,
    own,
)
from tests.monitor.erasing.test_others import ATTACKER, DETECTORS, attack
from tests.monitor.protection.test_register import FACTS
from tests.monitor.services.listed import contents, deeds
from tests.monitor.services.people import person
from tests.monitor.test_engine import START, intake, new_engine, sign_in

OPERATOR = operator("root")
REASON = "ticket 87"


def access(database: Database) -> Access:
    return Access(database, FACTS, lambda: NOW)


def written(database: Database, folder: Path, language: str = "en") -> dict[str, bytes]:
    access(database).write(OPERATOR, "t", WHO, Folder(folder), REASON, language)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def lines(body: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in body.splitlines()]


def test_all_that_is_kept_is_in_it(database: Database, tmp_path: Path) -> None:
    said = Feedback(
        id=timed_id(START + 5, "said"), time=START + 5, tenant="t", account=WHO, answer=Told.NOT_ME
    )
    fill(database, sorted([*own(), said], key=lambda event: event.id))
    enter(database)
    protection = Protection(database, PEPPER, lambda: NOW)
    protection.restrict(OPERATOR, "t", WHO, "#4")
    protection.object_to(OPERATOR, "t", WHO, "works nights")
    Looks(database, lambda: NOW).look(person(Role.ANALYST, uid="r-secret"), "t", WHO, "ticket 5")
    files = written(database, tmp_path / "copy")
    events = lines(files["events.ndjson"])
    assert len(events) == len(own()) + 1
    assert {event["user"]["uid"] for event in events} == {WHO}  # type: ignore[index]
    assert len(lines(files["findings.ndjson"])) > 5
    assert lines(files["incidents.ndjson"])
    profile = json.loads(files["profile.json"])
    assert profile["uses"] > 100
    assert profile["sessions"]
    assert json.loads(files["directory.json"])["account"]["email"] == "zoe@canary.example"
    assert json.loads(files["pushed.json"])["user"] == {"userName": "Zoe"}
    assert {one["kind"] for one in lines(files["requests.ndjson"])} == {"restriction", "objection"}
    [look] = lines(files["looks.ndjson"])
    assert (look["by"], look["reason"]) == ("reviewer", "ticket 5")
    assert b"r-secret" not in b"".join(files.values())
    assert len(lines(files["unread.ndjson"])) == 2
    html = files[PAGE].decode()
    for told in ("incident", "legitimate interests", "Your rights", "91 days", WHO, "ticket 5"):
        assert told.lower() in html.lower()
    assert "<script" not in html
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o700


def test_nobody_elses_data_is_in_it(database: Database, tmp_path: Path) -> None:
    engine = new_engine(database, (*DETECTORS,))
    # Others have names that are told apart from anything else.
    others = [
        sign_in(START + n, f"othercanary{n}", "203.0.113.77", n, account_name=f"Other Canary {n}")
        for n in range(20)
    ]
    engine.process([intake(sorted([*attack(), *others], key=lambda event: event.id))])
    engine.stop()
    files = written(database, tmp_path / "copy")
    everything = b"".join(files.values())
    for stranger in (b"othercanary", b"Other Canary", b"203.0.113.77", b'"u1"', b'"u7"'):
        assert stranger not in everything
    campaigns = lines(files["campaigns.ndjson"])
    assert campaigns
    assert ATTACKER not in json.dumps([one["about"] for one in campaigns])


def test_who_changed_the_account_is_masked(database: Database, tmp_path: Path) -> None:
    from detectors.core.event import AccountChange, Change

    changed = AccountChange(
        id=timed_id(START, "c"),
        time=START,
        tenant="t",
        account=WHO,
        change=Change.ROLE,
        actor="boss.somebody",
    )
    fill(database, [changed])
    files = written(database, tmp_path / "copy")
    assert b"boss.somebody" not in b"".join(files.values())
    assert len(lines(files["events.ndjson"])) == 1


def test_it_is_in_french_where_asked_for(database: Database, tmp_path: Path) -> None:
    fill(database, own(3))
    html = written(database, tmp_path / "copy", "fr")[PAGE].decode()
    assert '<html lang="fr">' in html
    assert "Vos droits" in html
    assert "Your rights" not in html


def test_hostile_names_stay_text(database: Database, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>\u202e\x1b[2J"
    fill(database, [sign_in(START, hostile, account_name=hostile, user_agent=hostile)])
    folder = tmp_path / "copy"
    access(database).write(OPERATOR, "t", hostile, Folder(folder), REASON)
    html = (folder / PAGE).read_text("utf-8")
    assert "<img" not in html
    assert "\x1b" not in html
    assert "\u202e" not in html


def test_a_zip_is_whole_and_nothing_is_overwritten(database: Database, tmp_path: Path) -> None:
    fill(database, own(3))
    path = tmp_path / "copy.zip"
    with closing(Lazily(path)) as target:
        copied = access(database).write(OPERATOR, "t", WHO, target, REASON)
    with zipfile.ZipFile(path) as opened:
        assert opened.testzip() is None
        assert set(opened.namelist()) == set(copied.files)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError), closing(Lazily(path)) as again:
        access(database).write(OPERATOR, "t", WHO, again, REASON)
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(FileExistsError):
        access(database).write(OPERATOR, "t", WHO, Lazily(folder), REASON)


def test_it_is_written_down_and_refused_to_others(database: Database, tmp_path: Path) -> None:
    fill(database, own(3))
    fresh = {"authenticated": NOW}
    for actor, error in (
        (person(Role.APPROVER, **fresh), NotAllowedError),
        (person(Role.TENANT_CONTACT, tenant="t", **fresh), NotAllowedError),
        (person(Role.ADMINISTRATOR), NotFreshError),
        (person(Role.ADMINISTRATOR, tenant="u", **fresh), NotThereError),
    ):
        with pytest.raises(error):
            access(database).write(actor, "t", WHO, Lazily(tmp_path / "no"), REASON)
    with pytest.raises(ProtectionError):
        access(database).write(OPERATOR, "t", WHO, Lazily(tmp_path / "no"), "")
    with pytest.raises(NotThereError):
        access(database).write(OPERATOR, "t", "nobody", Lazily(tmp_path / "no"), REASON)
    assert not (tmp_path / "no").exists()
    assert deeds(database) == []
    written(database, tmp_path / "copy")
    assert deeds(database) == [("person:export", f"account:{SUBJECT.key()}", "t")]
    assert contents(database)[0]["reason"] == REASON


def test_memory_is_bounded_by_what_the_page_shows(database: Database, tmp_path: Path) -> None:
    counted: list[int] = []
    fill(database, own(700))
    copied = access(database).write(
        OPERATOR, "t", WHO, Folder(tmp_path / "c"), REASON, told=lambda _, n: counted.append(n)
    )
    assert copied.files["events.ndjson"] == 700
    assert len(counted) == sum(copied.files.values())
    assert (tmp_path / "c" / PAGE).read_text("utf-8").count("198.51.100.") <= 1_100


def test_after_an_erasure_there_is_nothing_to_copy(database: Database, tmp_path: Path) -> None:
    fill(database)
    erase(database)
    with pytest.raises(NotThereError):
        access(database).write(OPERATOR, "t", WHO, Lazily(tmp_path / "no"), REASON)
    other = Subject(SubjectKind.ACCOUNT, "t", "a1")
    copied = access(database).write(OPERATOR, "t", other.uid, Folder(tmp_path / "a1"), REASON)
    assert copied.files["events.ndjson"] > 10
    assert NAME.encode() not in b"".join(p.read_bytes() for p in (tmp_path / "a1").iterdir())
