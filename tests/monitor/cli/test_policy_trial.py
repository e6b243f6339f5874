"""`vigie policy dry-run` shows what would be found and done, and saves nothing of it."""

import json
from pathlib import Path

import pytest
from msgspec import structs

from detectors.core.event import DAY
from monitor import assembly, clock
from monitor.engine import Intake
from monitor.settings import load
from monitor.store.connection import connect
from tests.databases import placed
from tests.detectors.story import CHROME, LYON, MONDAY, MOSCOW, Story
from tests.monitor.cli.calling import call
from tests.monitor.faults.running import query

POLICY = """
[[rules]]
name = "abroad"
then = ["challenge"]
when = { category = ["limit_evasion"] }
[tenants.acme]
countries = ["FR"]
"""


def moved(identifier: bytes, time: int) -> bytes:
    """An id at another time."""
    return time.to_bytes(6, "big") + identifier[6:]


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A database with a fortnight of one account that was abroad yesterday."""
    made = tmp_path / "vigie.toml"
    made.write_text(f'data = "{tmp_path}"\n[models]\nenabled = false\n')
    (tmp_path / "policy.toml").write_text(POLICY)
    placed(tmp_path / "vigie.db")
    settings = load(made)
    story = Story("u-1", "acme").work(range(12), LYON, CHROME).work([12], MOSCOW, CHROME, name="m")
    shift = (clock.now_ms() - MONDAY) // DAY * DAY - 13 * DAY
    events = [
        structs.replace(one, time=one.time + shift, id=moved(one.id, one.time + shift))
        for one in story.sorted()
    ]
    database = connect(settings.database_url)
    engine = assembly.open_engine(settings, database, None, live=False)
    engine.process([Intake("idp", "ocsf", "s", b"c", events)])
    engine.stop()
    database.dispose()
    return made


def test_what_is_new_is_shown_and_nothing_is_saved(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trial = ("policy", "dry-run", config.with_name("policy.toml"), "--days", 3, "--config", config)
    before = query(config.parent / "vigie.db", "SELECT count(*) FROM incidents")
    shown = call(capsys, *trial)
    assert shown.code == 0
    assert "abroad" not in shown.err
    assert "challenge shadow 0 1" in shown.told
    told = json.loads(call(capsys, *trial, "--json").out)
    turns = told["added"] + told["changed"]
    evasion = [one for one in turns if one["category"] == "limit_evasion"]
    assert [one["subject"] for one in evasion] == ["u-1"]
    assert [(r["step"], r["rule"]) for r in evasion[0]["added"]] == [("challenge", "abroad")]
    assert told["after"]["steps"]["challenge"] == {"shadow": 1}
    assert query(config.parent / "vigie.db", "SELECT count(*) FROM incidents") == before
    assert query(config.parent / "vigie.db", "SELECT count(*) FROM policies") == [(0,)]


def test_the_same_policy_differs_in_nothing(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = call(capsys, "policy", "dry-run", "--config", config)
    assert "0 new, 0 gone, 0 otherwise, 0 answered otherwise" in shown.told


def test_other_settings_alone_may_be_tried(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = config.with_name("other.toml")
    other.write_text(config.read_text() + '[rules.acme]\ncountries = ["FR"]\n')
    trial = ("policy", "dry-run", "--settings", other, "--json", "--config", config)
    told = json.loads(call(capsys, *trial).out)
    assert "limit_evasion" in [one["category"] for one in told["added"] + told["changed"]]
