"""`vigie replay`, as other tools use it: the contract of docs/design.md."""

import gzip
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from monitor.simulation.simulation import simulate

START = 1_790_000_000_000
OUTPUTS = ("events", "findings", "incidents")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with something to find in it, in the order that it was written."""
    wanted = {"credential_sharing": 3, "session_hijacking": 2, "brute_force": 2}
    log = tmp_path_factory.mktemp("world") / "idp.ndjson"
    lines = simulate(5, days=4, accounts=50, start=START, misdeeds=wanted).lines()
    log.write_bytes(b"".join(line + b"\n" for line in lines))
    return log


def vigie(
    *arguments: str, given: bytes | None = None, folder: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "monitor", *arguments],
        input=given,
        capture_output=True,
        check=False,
        cwd=folder,
        timeout=120,
        env=None,
    )


def replay(folder: Path, *arguments: str, given: bytes | None = None) -> dict[str, bytes]:
    """The three outputs of a replay that has to end well."""
    folder.mkdir(exist_ok=True)
    outputs = [part for n in OUTPUTS for part in (f"--{n}", str(folder / f"{n}.ndjson"))]
    done = vigie("replay", *arguments, *outputs, given=given)
    assert done.returncode == 0, done.stderr.decode()
    return {name: (folder / f"{name}.ndjson").read_bytes() for name in OUTPUTS}


def records(raw: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in raw.splitlines()]


def without_lines(raw: bytes) -> list[dict[str, Any]]:
    read = records(raw)
    for record in read:
        del record["unmapped"]["line"]
    return read


def test_a_file_standard_input_and_an_archive_give_the_same_bytes(
    world: Path, tmp_path: Path
) -> None:
    from_file = replay(tmp_path / "file", str(world))
    assert len(records(from_file["incidents"])) >= 5
    assert replay(tmp_path / "input", "-", given=world.read_bytes()) == from_file
    packed = tmp_path / "idp.ndjson.gz"
    packed.write_bytes(gzip.compress(world.read_bytes()))
    assert replay(tmp_path / "gz", str(packed), "--format", "ocsf") == from_file


def test_any_order_gives_the_same_but_for_line_numbers(world: Path, tmp_path: Path) -> None:
    lines = world.read_bytes().splitlines(keepends=True)
    expected = replay(tmp_path / "file", str(world))
    random.Random(4).shuffle(lines)
    half = len(lines) // 2
    (tmp_path / "a").write_bytes(b"".join(lines[:half]))
    (tmp_path / "b").write_bytes(b"".join(lines[half:]))
    shuffled = replay(tmp_path / "out", str(tmp_path / "a"), str(tmp_path / "b"))
    assert shuffled["findings"] == expected["findings"]
    assert shuffled["incidents"] == expected["incidents"]
    assert without_lines(shuffled["events"]) == without_lines(expected["events"])


def test_arrival_order_within_lateness_gives_the_same(world: Path, tmp_path: Path) -> None:
    lines = world.read_bytes().splitlines(keepends=True)
    pick = random.Random(9)
    expected = replay(tmp_path / "file", str(world))
    delayed = sorted(lines, key=lambda line: json.loads(line)["time"] + pick.randrange(70_000_000))
    (tmp_path / "late").write_bytes(b"".join(delayed))
    late = replay(tmp_path / "out", str(tmp_path / "late"), "--arrival-order")
    assert late["findings"] == expected["findings"]
    assert late["incidents"] == expected["incidents"]


def test_the_same_log_twice_is_read_once(world: Path, tmp_path: Path) -> None:
    once = replay(tmp_path / "once", str(world))
    assert replay(tmp_path / "twice", str(world), str(world)) == once


def test_every_output_says_what_the_contract_promises(world: Path, tmp_path: Path) -> None:
    found = replay(tmp_path / "out", str(world))
    lines = [json.loads(line) for line in world.read_bytes().splitlines()]
    events = records(found["events"])
    assert len(events) == len(lines)
    assert [e["time"] for e in events] == sorted(e["time"] for e in events)
    uids = {line["user"].get("uid") for line in lines}
    for one in events:
        line = lines[one["unmapped"]["line"] - 1]
        assert one["class_uid"] == line["class_uid"]
        assert one["time"] == line["time"]
        assert one["user"]["uid"] == line["user"].get("uid", line["user"].get("name"))
        if "uid" not in line["user"]:
            # As the log named them; whose name it was is told beside.
            assert one["unmapped"]["account_by_name"]
            assert one["unmapped"].get("account", line["user"]["name"]) in uids | {
                line["user"]["name"]
            }
        assert one["src_endpoint"]["ip"] == line["src_endpoint"]["ip"]
        assert one["status_id"] == line["status_id"]
        assert one["metadata"]["log_format"] == "ocsf"
    natives = {line["metadata"]["uid"] for line in lines}
    for one in records(found["findings"]):
        assert one["class_uid"] == 2004
        assert 0 <= one["confidence_score"] <= 100
        assert {r["uid"] for r in one["finding_info"]["related_events"]} <= natives
        names = {o["value"] for o in one["observables"] if o["name"] == "actor.user.uid"}
        assert names
        assert names <= uids
    for one in records(found["incidents"]):
        assert one["class_uid"] == 2005
        assert one["start_time"] <= one["time"]
        assert one["finding_info_list"]
        assert "_" in one["unmapped"]["category"]
        posterior = dict(one["unmapped"]["assessment"])
        del posterior["attack"]
        assert sum(posterior.values()) == pytest.approx(1, abs=1e-4)


SSH_OVER_NEW_YEAR = b"""\
Dec 31 23:58:59 web sshd[71]: Accepted password for ann from 198.51.100.7 port 4022 ssh2
Dec 31 23:59:59 web sshd[72]: Failed password for root from 203.0.113.9 port 4022 ssh2
Dec 31 23:59:59 web sshd[72]: Failed password for root from 203.0.113.9 port 4022 ssh2
Jan  1 00:00:01 web sshd[72]: message repeated 3 times: [ Failed password for root from \
203.0.113.9 port 4022 ssh2]
Jan  1 00:00:02 web cron[9]: (root) CMD (true)
Jan  1 00:00:03 web sshd[73]: Failed password for invalid user x from 1.2.3.4 port 22 from \
192.0.2.8 port 50000 ssh2
Jan  1 00:00:04 web sshd[74]: Failed password for
"""


def test_a_server_log_over_new_year(tmp_path: Path) -> None:
    found = replay(tmp_path / "out", "-", given=SSH_OVER_NEW_YEAR)
    events = records(found["events"])
    assert [e["unmapped"]["line"] for e in events].count(4) == 3
    assert len(events) == 7
    assert events[-1]["time"] - events[0]["time"] == 64_000
    spoof = next(e for e in events if e["unmapped"]["line"] == 6)
    assert spoof["src_endpoint"]["ip"] == "192.0.2.8"
    assert spoof["user"]["uid"] == "x from 1.2.3.4 port 22"
    done = vigie("replay", "-", given=SSH_OVER_NEW_YEAR)
    assert b"1 unreadable" in done.stdout
    assert b"-:7" in done.stdout
    reversed_lines = b"".join(reversed(SSH_OVER_NEW_YEAR.splitlines(keepends=True)))
    backwards = replay(tmp_path / "back", "-", given=reversed_lines)
    assert without_lines(backwards["events"]) == without_lines(found["events"])


def test_garbage_is_counted_and_is_no_failure(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(20_000)
    done = vigie("replay", "-", "--json", given=noise)
    assert done.returncode == 0
    summary = json.loads(done.stdout)
    assert summary["events"] == 0
    assert summary["rejected"] + summary["skipped"] == summary["lines"] > 10
    assert vigie("replay", "-", given=b"").returncode == 0


def test_calls_that_make_no_sense_are_refused(world: Path, tmp_path: Path) -> None:
    assert vigie("replay").returncode == 2
    wrong = vigie("replay", str(world), "--format", "nothing")
    assert wrong.returncode == 2
    assert b"sshd" in wrong.stderr
    missing = vigie("replay", str(tmp_path / "missing.log"))
    assert missing.returncode == 1
    assert b"missing.log" in missing.stderr
    before = world.read_bytes()
    assert vigie("replay", str(world), "--events", str(world)).returncode == 2
    assert world.read_bytes() == before
    (tmp_path / "vigie.toml").write_text("[detectors.impossible_travel]\nspeeed = 3\n")
    bad = vigie("replay", str(world), "--config", str(tmp_path / "vigie.toml"))
    assert bad.returncode == 2
    assert b"speeed" in bad.stderr


def test_control_characters_never_reach_the_terminal() -> None:
    line = b'{"class_uid":3002,"activity_id":1,"user":{"uid":"\\u001b[2J\\u0007x"},"time":}\n'
    done = vigie("replay", "-", "--format", "ocsf", given=line)
    assert b"1 unreadable" in done.stdout
    assert b"\x1b[2J" not in done.stdout + done.stderr
    hostile = (
        "Nov  3 10:00:01 w sshd[7]: Accepted password for \x1b]0;x from 192.0.2.7 port 22 ssh2"
    )
    told = vigie("explain", hostile)
    assert b"\x1b]0" not in told.stdout + told.stderr


def test_a_pipe_is_written_to_and_never_replaced(world: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # Into a file: what nobody reads would hold up whoever writes it.
    with (
        (tmp_path / "told").open("wb") as kept,
        subprocess.Popen(["cat", str(pipe)], stdout=kept) as reader,
    ):
        done = vigie("replay", str(world), "--findings", str(pipe), "--json")
        reader.wait(240)
    told = (tmp_path / "told").read_bytes()
    assert done.returncode == 0, done.stderr.decode()
    assert len(told.splitlines()) == sum(json.loads(done.stdout)["findings"].values()) > 0
    assert pipe.is_fifo()


def test_a_link_is_followed_and_rights_are_kept(world: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    target = tmp_path / "kept" / "incidents.ndjson"
    target.write_bytes(b"old")
    target.chmod(0o600)
    link = tmp_path / "link"
    link.symlink_to(target)
    assert vigie("replay", str(world), "--incidents", str(link)).returncode == 0
    assert link.is_symlink()
    assert records(target.read_bytes())
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in target.parent.iterdir()] == ["incidents.ndjson"]


def test_outputs_that_cannot_be_are_refused_before_anything_is_read(
    world: Path, tmp_path: Path
) -> None:
    one = str(tmp_path / "one")
    for options in (
        ["--events", one, "--findings", one],
        ["--events", str(tmp_path)],
        ["--events", str(tmp_path / "none" / "e")],
    ):
        assert vigie("replay", str(world), *options).returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_what_is_told_is_in_the_language_of_the_settings(world: Path, tmp_path: Path) -> None:
    config = tmp_path / "vigie.toml"
    config.write_text('language = "fr"\n')
    french = vigie("replay", str(world), "--config", str(config)).stdout.decode()
    for word in ("lignes", "événements", "constats", "à examiner", "gravité", "pourquoi"):
        assert word in french
    for word in (" lines", "events", "findings", "for review", "severity"):
        assert word not in french


def test_one_of_a_thing_is_one(world: Path) -> None:
    """Not `1 incidents`; and French has no plural for none."""
    first = world.read_bytes().splitlines(keepends=True)[0]
    told = vigie("replay", "-", given=first + b"not a sign-in\n").stdout.decode()
    assert "2 lines: 1 event, " in told
    assert "0 findings" in told
