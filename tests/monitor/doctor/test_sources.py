"""Sources are told to be readable or not, and what came of them."""

from pathlib import Path

from monitor.doctor.check import Check
from monitor.doctor.sources import look
from monitor.settings import Database, Settings, Source
from monitor.store.connection import connect
from monitor.store.migration import upgrade
from monitor.store.writing import Writing


def looked(folder: Path, *sources: Source) -> dict[str, Check]:
    database = Database(url=f"sqlite:///{folder / 'vigie.db'}")
    return {c.name: c for c in look(Settings(database=database, sources=sources))}


def test_none_is_in_order_and_said(tmp_path: Path) -> None:
    assert "none in the settings" in looked(tmp_path)["sources"].seen


def test_files_are_opened(tmp_path: Path) -> None:
    log = tmp_path / "auth.log"
    log.write_text("one line\n")
    checks = looked(
        tmp_path, Source(name="auth", path=str(log)), Source(name="gone", path=f"{log}.gone")
    )
    assert (checks["source auth"].good, checks["source gone"].good) == (True, False)
    assert "auth.log.gone" in checks["source gone"].seen


def test_a_source_of_which_most_cannot_be_read_is_told(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    upgrade(url)
    database = connect(url)
    with database.begin() as connection:
        writing = Writing(connection)
        for name, rejected in (("well", 5), ("unwell", 6)):
            row = writing.source(name, "ocsf")
            writing.save_source(row._replace(lines=10, rejected=rejected))
    database.dispose()
    checks = looked(tmp_path)
    assert (checks["read from well"].good, checks["read from unwell"].good) == (True, False)
    assert "vigie explain" in checks["read from unwell"].remedy
