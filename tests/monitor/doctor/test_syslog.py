"""What the receiver of syslog told last is told, with what to do where something is wrong."""

from pathlib import Path

from monitor.doctor.check import Check
from monitor.doctor.syslog import look
from monitor.settings import Database, Settings, Source
from monitor.store.connection import connect
from monitor.store.migration import upgrade
from monitor.store.receipts import Receipts, note_receipts

NAMES = ("well", "deaf", "lossy", "new")


def looked(folder: Path) -> dict[str, Check]:
    sources = [Source(name=name, url="syslog+udp://127.0.0.1:5514") for name in NAMES]
    settings = Settings(
        database=Database(url=f"sqlite:///{folder / 'vigie.db'}"),
        sources=(*sources, Source(name="crm", url="push:")),
    )
    return {check.name.removeprefix("syslog of "): check for check in look(settings)}


def test_before_the_first_start_there_is_nothing_wrong(tmp_path: Path) -> None:
    checks = looked(tmp_path)
    assert set(checks) == set(NAMES)
    assert all(check.good and "vigie run" in check.remedy for check in checks.values())


def test_a_port_that_is_taken_is_wrong_and_losses_are_to_note(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    upgrade(url)
    database = connect(url)
    receipts = {
        "well": Receipts("x", 1, listening=["127.0.0.1:5514"], messages=7),
        "deaf": Receipts("x", 1, trouble="port 5514 is taken"),
        "lossy": Receipts("x", 1, refused={"kernel": 3, "too_fast": 1, "not_allowed": 9}),
    }
    with database.begin() as connection:
        note_receipts(connection, receipts)
    database.dispose()
    checks = looked(tmp_path)
    assert [checks[name].good for name in NAMES] == [True, False, True, True]
    assert "127.0.0.1:5514; 7 messages" in checks["well"].seen
    assert checks["deaf"].seen == "port 5514 is taken"
    assert "4 lost, most of them: datagrams dropped by the kernel" in checks["lossy"].seen
    assert checks["lossy"].noted


def test_without_such_sources_nothing_is_said(tmp_path: Path) -> None:
    assert list(look(Settings(database=Database(url=f"sqlite:///{tmp_path / 'vigie.db'}")))) == []
