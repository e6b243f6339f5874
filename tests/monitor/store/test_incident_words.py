"""An incident is found by whom it is about and what found it, for as long as it is there."""

from msgspec import structs
from sqlalchemy import Engine, select

from detectors.core.identity import Subject, SubjectKind
from monitor.store import erasing, forgetting, incident_words, tables
from monitor.store.writing import Writing
from tests.monitor.services.ticketed import ANN, T, incident

SOURCE = Subject(SubjectKind.SOURCE, T, "203.0.113.7")


def kept(database: Engine, identifier: bytes) -> set[str]:
    table = tables.incident_words
    query = select(table.c.word).where(table.c.incident_id == identifier)
    with database.begin() as connection:
        return set(connection.execute(query).scalars())


def test_it_is_found_by_words_whole_addresses_and_detectors(database: Engine) -> None:
    made = structs.replace(incident(), others=(SOURCE,))
    with database.begin() as connection:
        Writing(connection).put_incidents([made])
        # Whoever writes it again finds its words there.
        Writing(connection).put_incidents([made])
        asked = incident_words.between("104", "104\U0010ffff")
        assert connection.execute(asked).scalars().all() == [made.id]
        whole = incident_words.among(incident_words.addresses_in(made))
        assert connection.execute(whole).scalars().all() == [made.id]
        # No text that somebody types begins like these.
        assert incident_words.detector_word("impossible_travel") == ":impossible_travel"
    words = {"acme", "u", "1042", "203", "0", "113", "7", "=203.0.113.7", ":impossible_travel"}
    assert kept(database, made.id) == words


def test_its_words_go_with_it(database: Engine) -> None:
    made, other = incident(), incident(name="two")
    with database.begin() as connection:
        Writing(connection).put_incidents([made, other])
        incident_words.add(connection, made.id, ["durand"])
    assert "durand" in kept(database, made.id)
    stranger = structs.replace(made, subject=Subject(SubjectKind.ACCOUNT, T, "erased-1"))
    with database.begin() as connection:
        erasing.put_incident(connection, stranger)
    assert {"durand", "1042"}.isdisjoint(kept(database, made.id))
    with database.begin() as connection:
        forgetting.delete_incidents(connection, [made.id])
    assert not kept(database, made.id)
    with database.begin() as connection:
        erasing.delete_incident(connection, other.id)
    assert not kept(database, other.id)


def test_there_are_not_more_words_than_are_looked_for() -> None:
    many = tuple(Subject(SubjectKind.SOURCE, T, f"198.51.100.{n}") for n in range(200))
    words = incident_words.words_in(structs.replace(incident(subject=ANN), others=many))
    assert sum(word.startswith("=") for word in words) == incident_words.MOST_OTHERS
