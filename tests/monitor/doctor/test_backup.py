"""That no backup was taken for long is worth a note; that a database is a restored one is told."""

from pathlib import Path

from msgspec import msgpack

from detectors.core.event import DAY
from monitor.backup.noted import RESTORED, TAKEN, Taken
from monitor.clock import now_ms
from monitor.doctor.backup import look
from tests.monitor.doctor.engines import looked, made, settings_of


def test_none_yet_is_worth_a_note(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    assert looked(look, settings) == {}
    made(settings)
    check = looked(look, settings)["backup"]
    assert (check.good, check.noted) == (True, True)
    assert "--keep" in check.remedy


def test_one_of_today_is_in_order_and_an_old_one_is_not_enough(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    for days, noted in ((0, False), (8, True)):
        taken = Taken(path="/b/x.vigie.tar", size=1 << 20, rows=1, made=now_ms() - days * DAY)
        made(settings, **{TAKEN: msgpack.encode(taken)})
        check = looked(look, settings)["backup"]
        assert (check.good, check.noted) == (True, noted)
        assert "/b/x.vigie.tar" in check.seen


def test_a_restored_database_says_so(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    made(settings, **{RESTORED: msgpack.encode((1_790_000_000_000, 1_780_000_000_000))})
    assert "from a backup of 2026-05" in looked(look, settings)["restored"].seen
