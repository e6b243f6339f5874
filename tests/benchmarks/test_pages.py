"""Every page answers on a database that has some of everything, and what is measured is what it
took: at a thousandth here, at the whole in the long tests."""

import os
from pathlib import Path

import pytest
from msgspec import structs

from benchmarks.asked import EMPTY, Asked, asked
from benchmarks.pages import Console, Took, failing, main, measure, table
from benchmarks.seeding.filling import fill
from benchmarks.seeding.scale import FULL, Scale
from monitor.clock import now_ms
from monitor.store.connection import connect
from monitor.store.migration import upgrade
from tests.databases import SETTINGS, Server, placed

WHOLE = float(os.environ.get("VIGIE_SOAK_PART", "1"))
"""The part of the whole that the long tests fill a database with."""


def until_now(share: float) -> Scale:
    return structs.replace(FULL.part(share), until=now_ms())


def test_every_page_answers(tmp_path: Path) -> None:
    engine = connect(placed(tmp_path / "vigie.db"))
    fill(engine, until_now(0.0005), lambda _: None)
    console = Console(engine)
    answered = {page.path: console.get(page.path).status for page in asked(engine)}
    assert {path: code for path, code in answered.items() if code not in (200, 303)} == {}
    assert console.get(EMPTY).status == 404
    engine.dispose()


def test_what_is_slow_or_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = placed(tmp_path / "vigie.db")
    assert main(["--url", url, "--rounds", "1", "--only", "/keys"]) == 0
    assert "| room API keys |" in capsys.readouterr().out
    page = Asked("a page", "/")
    slow = Took(page, 200, 301.0, 302.0, 290.0, 1_000, 30.1)
    missing = Took(page, 404, 3.0, 3.0, 3.0, 10, 0.3)
    fine = Took(page, 200, 3.0, 3.0, 3.0, 10, 0.3)
    assert failing([slow, missing, fine]) == [slow, missing]
    assert "| a page (404) | 0.3 | 3 | 3 | 3 | 0 |" in table([missing])


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_no_page_is_slow_on_a_large_database(tmp_path: Path, kind: str) -> None:
    server = Server(settings=SETTINGS | {"shared_buffers": "256MB"}) if kind != "sqlite" else None
    if server is not None:
        server.start()
    try:
        url = f"sqlite:///{tmp_path / 'vigie.db'}" if server is None else server.url
        upgrade(url)
        engine = connect(url)
        fill(engine, until_now(WHOLE))
        found = measure(Console(engine), asked(engine), 7)
        engine.dispose()
        assert failing(found) == [], table(found)
    finally:
        if server is not None:
            server.remove()
        for path in tmp_path.iterdir():
            path.unlink()
