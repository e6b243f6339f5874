"""Decisions as examples: what is collected from the store, and what a file must be."""

from pathlib import Path

import msgspec
import pytest
from msgspec import structs
from sqlalchemy import Engine as Database

from alerts.incident import Category
from detectors.core.context import Context
from detectors.core.event import DAY, Answer, Event, Feedback
from detectors.core.identity import timed_id
from detectors.core.registry import load
from monitor.engine import Engine, Intake
from monitor.models.labels import LabelsError, collect, read, write
from monitor.store import tables
from monitor.store.connection import connect
from tests.detectors.story import CHROME, LYON, MAC, TANA, Story


def two() -> Story:
    """Alice's account, at work at two places at once."""
    story = Story()
    for day in range(6):
        story.work([day], LYON, CHROME, 480, 900, name="one")
        story.work([day], TANA, MAC, 500, 920, name="two")
    return story


def decided(events: list[Event], answer: Answer, about: bytes | None) -> Feedback:
    at = events[-1].time + DAY
    return Feedback(
        id=timed_id(at, answer.value),
        time=at,
        tenant="acme",
        account="alice",
        answer=answer,
        about=about,
    )


def store(answer: Answer, category: Category = Category.CREDENTIAL_SHARING) -> Database:
    """A store in which a reviewer decided about alice."""
    database = connect("sqlite://")
    tables.metadata.create_all(database)
    engine = Engine(database, load(), lambda event: event, context=Context())
    events = two().sorted()
    engine.process([Intake("s", "f", "x", None, list(events))])
    with database.begin() as connection:
        found = connection.execute(
            tables.incidents.select().where(tables.incidents.c.category == category.value)
        ).first()
    about = None if found is None else found.id
    engine.process([Intake("s", "f", "x", None, [decided(events, answer, about)])])
    return database


@pytest.mark.parametrize(
    ("answer", "shared"),
    [
        (Answer.TRUE_POSITIVE, True),
        (Answer.AUTHORISED, True),
        (Answer.FALSE_POSITIVE, False),
        (Answer.BENIGN_EXPLAINED, False),
    ],
)
def test_a_decision_about_sharing_is_a_label(answer: Answer, shared: bool) -> None:
    [label] = collect(store(answer))
    assert label.shared is shared
    assert label.answer == answer.value
    assert label.features["copresent_days"] == pytest.approx(1)
    assert "alice" not in str(msgspec.to_builtins(label))
    assert "acme" not in str(msgspec.to_builtins(label))


def test_a_decision_that_was_taken_back_is_none_and_of_several_the_last_one_counts() -> None:
    database = store(Answer.TRUE_POSITIVE)
    [label] = collect(database)
    engine = Engine(database, load(), lambda event: event, context=Context())
    with database.begin() as connection:
        about = connection.execute(tables.incidents.select()).one().id
    for later, answer in enumerate((Answer.REOPENED, Answer.FALSE_POSITIVE), 1):
        given = decided(two().sorted(), answer, about)
        at = given.time + later
        given = structs.replace(given, time=at, id=timed_id(at, answer.value))
        engine.process([Intake("s", "f", "x", None, [given])])
        assert [one.shared for one in collect(database)] == [False] * (later - 1)
    assert label.shared


def test_a_challenge_afterwards_unsays_no_decision() -> None:
    database = store(Answer.TRUE_POSITIVE)
    engine = Engine(database, load(), lambda event: event, context=Context())
    [before] = collect(database)
    events = two().sorted()
    with database.begin() as connection:
        about = connection.execute(
            tables.incidents.select().where(
                tables.incidents.c.category == Category.CREDENTIAL_SHARING.value
            )
        ).first()
    assert about is not None
    passed = decided(events, Answer.CHALLENGE_PASSED, about.id)
    later = structs.replace(passed, id=timed_id(passed.time + 1, "p"), time=passed.time + 1)
    engine.process([Intake("s", "f", "x", None, [later])])
    assert list(collect(database)) == [before]


def test_other_answers_and_other_incidents_are_none() -> None:
    assert not list(collect(store(Answer.CHALLENGE_PASSED)))
    assert not list(collect(store(Answer.TRUE_POSITIVE, Category.BRUTE_FORCE)))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    labels = list(collect(store(Answer.FALSE_POSITIVE)))
    assert write(tmp_path / "labels.ndjson", labels) == 1
    assert read(tmp_path / "labels.ndjson") == labels
    [example] = [label.example() for label in labels]
    assert all(label.is_decision for label in labels)
    assert not example.shared
    assert example.features[0] == pytest.approx(1)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "labels.ndjson:1: "),
        (b'{"account": "a"}', "labels.ndjson:1: "),
        (b"x" * 20_000, "longer than"),
        (
            b'{"account":"a","tenant":"t","time":1,"answer":"x","shared":true,"rich":true,'
            b'"features":{"nonsense":1.0}}',
            "there is no feature nonsense",
        ),
    ],
)
def test_a_file_that_is_not_of_labels_is_refused(tmp_path: Path, line: bytes, reason: str) -> None:
    path = tmp_path / "labels.ndjson"
    path.write_bytes(line + b"\n")
    with pytest.raises(LabelsError, match=reason):
        read(path)
