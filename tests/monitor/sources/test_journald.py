"""Entries of real journals: each once, in order, over rotation, vacuuming and reboots."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from monitor.formats.format import MAXIMUM_LINE, Origin
from monitor.formats.keycloak import Keycloak
from monitor.formats.sshd import Sshd
from monitor.settings import SettingsError, load
from monitor.sources.journald import JournalSource, Options, accepts, check, opened
from monitor.sources.source import Chunk, SourceError
from monitor.sources.specification import Opening
from tests.monitor.sources.journals import entry, write

pytestmark = pytest.mark.journal
OPENED: list[JournalSource] = []


@pytest.fixture(autouse=True)
def no_program_is_left() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


def source_of(
    folder: Path, cursor: bytes | None = None, *, follow: bool = False, **options: Any
) -> JournalSource:
    given = {"directory": str(folder), "interval_seconds": 0.01, **options}
    opening = Opening("journald:", "journal", follow, given)
    source = opened(opening)
    assert isinstance(source, JournalSource)
    OPENED.append(source)
    source.resume(cursor)
    return source


def chunks(source: JournalSource, limit: int = 1_000) -> Iterator[Chunk]:
    """What there is now."""
    end = time.monotonic() + 240
    while not source.is_exhausted():
        assert time.monotonic() < end
        chunk = source.read(limit)
        if chunk is not None:
            yield chunk
    source.close()


def whole(source: JournalSource) -> Chunk:
    """What there is now, in however many pieces it came, as one."""
    found = [*chunks(source)]
    lines = [line for chunk in found for line in chunk.lines]
    rejects = tuple(reject for chunk in found for reject in chunk.rejects)
    return msgspec.structs.replace(found[-1], lines=lines, rejects=rejects)


def next_of(source: JournalSource, limit: int = 1_000) -> Chunk:
    end = time.monotonic() + 240
    while (chunk := source.read(limit)) is None:
        assert time.monotonic() < end
    return chunk


def ports(found: list[Chunk]) -> list[int]:
    return [int(message(line).split()[-2]) for chunk in found for line in chunk.lines]


def message(line: bytes) -> str:
    return str(json.loads(line)["MESSAGE"])


@pytest.mark.parametrize("limit", [1, 2, 1_000])
def test_each_entry_comes_once_over_any_stop(tmp_path: Path, limit: int) -> None:
    write(tmp_path / "a.journal", (entry(n) for n in range(7)))
    cursor: bytes | None = None
    given: list[Chunk] = []
    while len(ports(given)) < 7:
        source = source_of(tmp_path, cursor)
        given.append(next_of(source, limit))
        assert len(given[-1].lines) <= limit
        cursor = given[-1].cursor
        source.close()
    assert ports(given) == [*range(7)]
    numbers = [chunk.first_line + n for chunk in given for n in range(len(chunk.lines))]
    assert numbers == [*range(1, 8)]
    assert [*chunks(source_of(tmp_path, cursor))] == []


def test_what_is_written_later_is_followed(tmp_path: Path) -> None:
    write(tmp_path / "a.journal", [entry(0)])
    source = source_of(tmp_path, follow=True)
    assert ports([next_of(source)]) == [0]
    write(tmp_path / "a.journal", [entry(1), entry(2)])
    given = [next_of(source)]
    while len(ports(given)) < 2:
        given.append(next_of(source))
    assert ports(given) == [1, 2]
    assert not source.is_exhausted()
    source.close()


def test_an_earlier_boot_is_read_too(tmp_path: Path) -> None:
    write(tmp_path / "a.journal", (entry(n) for n in range(3)))
    source = source_of(tmp_path, follow=True)
    cursor = next_of(source, 2).cursor
    source.close()
    write(tmp_path / "a.journal", (entry(n, boot="c" * 32) for n in range(3, 6)))
    source = source_of(tmp_path, cursor, follow=True)
    given = [next_of(source)]
    while len(ports(given)) < 4:
        given.append(next_of(source))
    assert ports(given) == [2, 3, 4, 5]


def test_a_rotated_journal_loses_nothing(tmp_path: Path) -> None:
    write(tmp_path / "a.journal", (entry(n) for n in range(3)))
    first = whole(source_of(tmp_path))
    write(tmp_path / "b.journal", (entry(n) for n in range(3, 6)))
    found = [*chunks(source_of(tmp_path, first.cursor))]
    assert ports(found) == [3, 4, 5]
    assert not any(chunk.rejects for chunk in found)


def test_a_place_that_is_gone_is_told_and_reading_goes_on_with_the_oldest(tmp_path: Path) -> None:
    write(tmp_path / "a.journal", (entry(n) for n in range(5)))
    source = source_of(tmp_path)
    cursor = next_of(source, 2).cursor
    source.close()
    write(tmp_path / "b.journal", (entry(n) for n in range(5, 9)))
    (tmp_path / "a.journal").unlink()
    chunk = whole(source_of(tmp_path, cursor))
    # `--after-cursor` would have left out the first.
    assert ports([chunk]) == [5, 6, 7, 8]
    (reject,) = chunk.rejects
    assert "not in the journal any more" in reject.reason.en
    assert [*chunks(source_of(tmp_path, chunk.cursor))] == []


def test_nothing_is_gone_where_the_next_entry_comes_right_after(tmp_path: Path) -> None:
    write(tmp_path / "a.journal", (entry(n) for n in range(4)))
    everything = whole(source_of(tmp_path))
    at = json.loads(everything.lines[1])["__CURSOR"]
    gone = msgspec.msgpack.encode([at.replace(";x=", ";x=9"), 0, 2, [f"--directory={tmp_path}"]])
    chunk = whole(source_of(tmp_path, gone))
    assert ports([chunk])[-2:] == [2, 3]


def test_another_choice_of_entries_is_no_loss(tmp_path: Path) -> None:
    write(tmp_path / "a.journal", [entry(0), entry(1, SYSLOG_IDENTIFIER="cron"), entry(2)])
    first = whole(source_of(tmp_path, identifiers=["cron"]))
    found = [*chunks(source_of(tmp_path, first.cursor, identifiers=["sshd"]))]
    assert ports(found) == [2]
    assert not any(chunk.rejects for chunk in found)


def test_units_and_identifiers(tmp_path: Path) -> None:
    write(
        tmp_path / "a.journal",
        [
            entry(0),
            entry(1, _SYSTEMD_UNIT="kc.service", SYSLOG_IDENTIFIER="kc.sh"),
            entry(2, SYSLOG_IDENTIFIER="cron"),
        ],
    )
    assert ports([*chunks(source_of(tmp_path, units=["kc.service"]))]) == [1]
    assert ports([*chunks(source_of(tmp_path, identifiers=["sshd", "cron"]))]) == [0, 2]
    file = str(tmp_path / "a.journal")
    assert ports([*chunks(source_of(tmp_path, directory=None, files=[file]))]) == [0, 1, 2]


def test_bytes_lines_and_long_messages_are_whole(tmp_path: Path) -> None:
    long = "type=" + "x" * 6_000
    written = [entry(0, b"a\xffb\x01"), entry(1, "one\ntwo"), entry(2, long)]
    write(tmp_path / "a.journal", written)
    chunk = whole(source_of(tmp_path))
    told = [json.loads(line)["MESSAGE"] for line in chunk.lines]
    assert told == [[*b"a\xffb\x01"], "one\ntwo", long]


def test_only_the_fields_that_are_read_are_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "a.journal", [entry(0, COREDUMP="x" * 99, CONTAINER_TAG="kc", JOB="7")])
    chunk = whole(source_of(tmp_path, fields=["JOB"]))
    told = json.loads(chunk.lines[0])
    assert "COREDUMP" not in told
    assert (told["JOB"], told["SYSLOG_IDENTIFIER"]) == ("7", "sshd")


def test_an_entry_too_long_to_be_held_is_put_aside_once(tmp_path: Path) -> None:
    huge = "x" * (MAXIMUM_LINE + 5)
    write(tmp_path / "a.journal", [entry(0), entry(1, huge), entry(2, huge)])
    cursor: bytes | None = None
    kept: list[Chunk] = []
    for _ in range(2):
        for chunk in chunks(source_of(tmp_path, cursor)):
            kept.append(chunk)
            cursor = chunk.cursor
    assert ports(kept) == [0]
    assert sum(len(chunk.rejects) for chunk in kept) == 2
    write(tmp_path / "a.journal", [entry(3), entry(4, huge)])
    rest = [*chunks(source_of(tmp_path, cursor))]
    assert ports(rest) == [3]
    assert sum(len(chunk.rejects) for chunk in rest) == 1
    assert [*chunks(source_of(tmp_path, rest[-1].cursor))] == []


def test_formats_read_what_comes(tmp_path: Path) -> None:
    keycloak = (
        "2026-03-02 09:15:01,123 WARN  [org.keycloak.events] (executor-thread-5) "
        'type="LOGIN_ERROR", realmId="r", realmName="acme", clientId="crm", userId="u-1", '
        'ipAddress="192.0.2.7", error="invalid_user_credentials", username="ann"'
    )
    write(tmp_path / "a.journal", [entry(0), entry(1, keycloak, SYSLOG_IDENTIFIER="kc.sh")])
    chunk = whole(source_of(tmp_path))
    origin = Origin("journal", "ours", lambda month, day: 2026, lambda second, line: 0)
    (guess,) = Sshd().parse(chunk.lines[0], origin)
    assert (guess.account, guess.time) == ("root", 1_772_439_300_000)
    assert guess.uid == json.loads(chunk.lines[0])["__CURSOR"]
    (error,) = Keycloak().parse(chunk.lines[1], origin)
    assert (error.account, error.tenant, error.time) == ("u-1", "acme", 1_772_439_301_000)


def test_a_journal_that_cannot_be_read_is_told_and_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    source = source_of(folder, follow=True)
    with pytest.raises(SourceError, match="No such file or directory"):
        next_of(source)
    folder.mkdir()
    # That it can be read again is told though nothing came.
    assert next_of(source).lines == []
    write(folder / "a.journal", [entry(0)])
    assert ports([next_of(source)]) == [0]
    source.close()


def test_a_damaged_file_does_not_hide_the_others(tmp_path: Path) -> None:
    write(tmp_path / "a.journal", [entry(0)])
    (tmp_path / "b.journal").write_bytes(os.urandom(100_000))
    assert ports([*chunks(source_of(tmp_path))]) == [0]


def test_a_machine_without_systemd_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    source = source_of(tmp_path, follow=True)
    with pytest.raises(SourceError, match="cannot be run"):
        next_of(source)
    assert source.read(1) is None


def test_what_breaks_off_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.journal", (entry(n) for n in range(3)))
    real = shutil.which("journalctl")
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    flag = tmp_path / "broken"
    flag.touch()
    fake = bin_folder / "journalctl"
    fake.write_text(
        f'#!/bin/sh\nif [ -e {flag} ]; then {real} "$@" | head -c 700; exit 1; fi\n'
        f'exec {real} "$@"\n'
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_folder}{os.pathsep}{os.environ['PATH']}")
    source = source_of(tmp_path, follow=True)
    given = [next_of(source)]
    with pytest.raises(SourceError, match="status 1"):
        next_of(source)
    flag.unlink()
    while len(ports(given)) < 3:
        given.append(next_of(source))
    assert ports(given) == [0, 1, 2]
    source.close()


def test_a_cursor_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not one of a journal"):
        source_of(tmp_path, b"\xff")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"unit": "ssh"}, "unknown field"),
        ({"units": "ssh"}, "array"),
        ({"fields": ["a b"]}, "matching regex"),
        ({"directory": "/x", "files": ["/y"]}, "one of directory and files"),
    ],
)
def test_options_that_are_none(options: dict[str, Any], why: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=why):
        check(Opening("journald:", "journal", options=options))
    with pytest.raises(SourceError, match="journal: "):
        opened(Opening("journald:", "journal", options=options))
    config = tmp_path / "vigie.toml"
    written = "".join(f"{k} = {json.dumps(v)}\n" for k, v in options.items())
    config.write_text(
        f'[[sources]]\nname = "journal"\nurl = "journald:"\n[sources.options]\n{written}'
    )
    with pytest.raises(SettingsError, match="options"):
        load(config, {})


def test_no_option_is_taken_for_another() -> None:
    assert accepts("journald:")
    assert not accepts("journald:/var/log/journal")
    hostile = Options(units=("-x --file=/etc/passwd",), identifiers=("; rm",))
    assert hostile.arguments() == ["--unit=-x --file=/etc/passwd", "--identifier=; rm"]
