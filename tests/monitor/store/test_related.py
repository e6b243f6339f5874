"""Each question is bounded, newest first, and leaves out the incident that it is asked of."""

from pathlib import Path

from alerts.incident import Category
from detectors.core.event import DAY
from monitor.store import related
from tests.monitor.web.staging import (
    NOON,
    PHONE,
    SFR,
    TENANT,
    Stage,
    account,
    sign_in,
    small_incidents,
)


def test_answers_are_bounded_and_without_the_one_asked_of(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "vigie.db")
    made = small_incidents(stage, 60)
    with stage.engine.begin() as connection:
        found = related.lately(connection, TENANT, made[0].id, 500)
        assert len(found) == related.MOST
        times = [one.incident.updated for one in found]
        assert times == sorted(times, reverse=True)
        assert made[0].id not in {one.incident.id for one in found}
        like = related.like(connection, TENANT, Category.BRUTE_FORCE, made[0].id, 3)
        assert {one.incident.category for one in like} == {Category.BRUTE_FORCE}
        mine = related.about(connection, [account("u-00007")], b"", 5)
        assert [one.incident.subject.uid for one in mine] == ["u-00007"]
        assert related.about(connection, [], b"", 5) == []
        assert related.campaigns(connection, TENANT, NOON - DAY, NOON + DAY, b"", 5) == []
        assert related.lately(connection, "other", b"", 5) == []
        first = related.first_findings(connection, [made[3]])
        assert first[made[3].id].subject == made[3].subject


def test_a_machine_is_known_by_its_address_and_by_its_program_in_its_network() -> None:
    told = related.traces(sign_in("u", NOON, "mobile"))
    assert told == {("address", "92.90.18.201"), ("device", f"{PHONE.fingerprint} {SFR.asn}")}
