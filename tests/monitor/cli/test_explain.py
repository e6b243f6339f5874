"""`vigie explain`: what a line says, whence each value comes, and what lines together show."""

import json
from pathlib import Path

import pytest

from tests.monitor.cli.calling import call, give

ACCEPTED = "2026-09-21T14:00:01+00:00 web sshd[7]: Accepted password for ann from {} port 22 ssh2"
PARIS, TOKYO = "212.27.48.10", "133.11.93.0"


@pytest.fixture(autouse=True)
def plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)


def test_a_line_is_told_field_by_field(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    done = call(capsys, "explain", ACCEPTED.format(PARIS))
    assert done.code == 0
    assert "SignIn, read as sshd" in done.told
    for value in ("ann", PARIS, "logon", "success", "2026-09-21", "14:00:01", "UTC"):
        assert value in done.told
    assert "characters 62 to 64 'ann'" in done.told
    assert "characters 1 to 25 '2026-09-21T14:00:01+00:00'" in done.told
    assert "setting tenant" in done.told
    assert "ip (looked up in the location data)" in done.told
    assert "FR" in done.told


def test_lines_may_come_by_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [ACCEPTED.format(PARIS), "2026-09-21T14:00:02+00:00 web cron[9]: (root) CMD (true)"]
    give(monkeypatch, "\r\n".join(lines).encode())
    done = call(capsys, "explain", "-")
    assert done.code == 0
    assert done.told.count("SignIn, read as") == 1
    assert "about something else" in done.told


def test_a_line_that_cannot_be_read_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    done = call(capsys, "explain", '{"class_uid": 3002}', ACCEPTED.format(PARIS))
    assert done.code == 1
    assert "cannot be read:" in done.told
    assert "time" in done.told
    assert "1 of the lines" in done.told
    assert "SignIn" in done.told


def test_lines_together_show_what_none_shows_alone(capsys: pytest.CaptureFixture[str]) -> None:
    def line(minute: int, ip: str, session: str) -> str:
        record = {
            "class_uid": 3002,
            "activity_id": 1,
            "status_id": 1,
            "time": 1_790_000_000_000 + minute * 60_000,
            "metadata": {"uid": f"e{minute}"},
            "user": {"uid": "u-1"},
            "session": {"uid": session},
            "src_endpoint": {"ip": ip},
        }
        return json.dumps(record)

    history = [line(minute, PARIS, "s1") for minute in range(0, 50, 10)]
    alone = call(capsys, "explain", *history)
    assert alone.code == 0
    assert "found" not in alone.told
    together = call(capsys, "explain", *history, line(55, TOKYO, "s2"))
    assert together.code == 0
    assert "found impossible_travel" in together.told
    assert together.told.rstrip().rpartition("u-1:")[1]


def test_events_may_be_told_as_ocsf(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    from monitor.cli import main

    with pytest.raises(SystemExit) as ended:
        main(["explain", "--json", ACCEPTED.format(PARIS), ACCEPTED.format(TOKYO)])
    assert ended.value.code in (None, 0)
    records = [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
    assert [r["src_endpoint"]["ip"] for r in records] == [PARIS, TOKYO]
    assert [r["src_endpoint"]["location"]["country"] for r in records] == ["FR", "JP"]
    assert {r["class_uid"] for r in records} == {3002}
    told = records[0]["unmapped"]["from"]
    assert told["account"] == [{"where": "characters 62 to 64", "text": "ann"}]
    assert told["tenant"] == [{"where": "setting tenant"}]
    assert told["place"] == [{"where": "ip", "through": "looked up in the location data"}]


def test_hostile_text_does_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = ACCEPTED.format(PARIS).replace("ann", "\x1b]0;x\x07[bold]ann")
    done = call(capsys, "explain", hostile)
    assert "\x1b" not in done.out + done.err
    assert "\x07" not in done.out + done.err
    assert "[bold]ann" in done.told


CRM = """
[[sources]]
name = "desk"
path = "crm.ndjson"
format = "crm"
tenant = "callco"
zone = "Europe/Paris"

[formats.crm]
kind = "json"
fields.time = "ts"
fields.account = "user.id"
fields.event.from = "type"
fields.event.values = { in = "LOGON SUCCESS" }
"""


@pytest.fixture
def crm(tmp_path: Path) -> Path:
    """Settings that describe a format."""
    path = tmp_path / "crm.toml"
    path.write_text(CRM, encoding="utf-8")
    return path


def test_a_described_format_tells_paths_and_tables(
    crm: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    line = '{"ts": "2026-09-21T14:00:01", "type": "in", "user": {"id": 7}}'
    done = call(capsys, "explain", "--config", crm, "--format", "crm", line)
    assert done.code == 0
    assert "SignIn, read as crm" in done.told
    assert "path user.id '7'" in done.told
    assert "path type 'in' (formats.crm.fields.event.values)" in done.told
    assert "UTC (without --source)" in done.told
    assert "replay (without --source)" in done.told


def test_as_a_source_it_has_the_source_s_tenant_zone_and_format(
    crm: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = '{"ts": "2026-09-21T14:00:01", "type": "in", "user": {"id": 7}}'
    done = call(capsys, "explain", "--config", crm, "--source", "desk", "--json", line)
    record = json.loads(done.out)
    assert record["time"] == 1_789_992_001_000
    assert record["metadata"]["tenant_uid"] == "callco"
    told = record["unmapped"]["from"]
    assert told["tenant"] == [{"where": "sources desk: tenant"}]
    assert {"where": "sources desk: zone", "through": "Europe/Paris"} in told["time"]
    assert told["source"] == [{"where": "sources desk: name"}]
    refused = call(capsys, "explain", "--config", crm, "--source", "till", line)
    assert refused.code == 2
    assert "no source is called 'till'; there are: desk" in refused.told


def test_a_line_that_a_description_misses_says_what_was_looked_for_and_what_is_there(
    crm: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ['{"ts": 5, "type": "sale"}', '{"ts": 5, "type": "in", "user": {"uid": 7}}']
    done = call(capsys, "explain", "--config", crm, "--format", "crm", *lines)
    assert done.code == 1
    assert "crm: fields.event.values does not list 'sale'" in done.told
    assert "cannot be read: a success of no account" in done.told
    assert "crm: nothing was found for account" in done.told
    assert "user.uid = '7'" in done.told
    unknown = call(capsys, "explain", "--config", crm, '{"type": "in"}')
    assert "no known format recognises this line" in unknown.told
    assert "crm: nothing was found for time, account" in unknown.told
