"""A database with what an engine would have told in it, and the checks of it by name."""

from collections.abc import Iterator
from pathlib import Path

from monitor.clock import now_ms
from monitor.doctor.check import Check, Look
from monitor.health.pulse import PULSE, Pulse, Who, encode
from monitor.settings import Database, Settings
from monitor.store.connection import connect
from monitor.store.migration import upgrade
from monitor.store.writing import Writing


def settings_of(folder: Path, url: str | None = None, **more: object) -> Settings:
    """Settings of a database in a folder, or elsewhere."""
    address = url or f"sqlite:///{folder / 'vigie.db'}"
    return Settings(data=folder, database=Database(url=address), **more)  # type: ignore[arg-type]


def made(settings: Settings, **notes: bytes) -> None:
    """Its database, with these notes."""
    upgrade(settings.database_url)
    database = connect(settings.database_url)
    with database.begin() as connection:
        writing = Writing(connection)
        for name, value in notes.items():
            writing.set_note(name, value)
    database.dispose()


def alive(settings: Settings, *, ago: int = 0, caught_up: int | None = None) -> None:
    """An engine that told of itself so many ms ago."""
    now = now_ms()
    who = Who("here", 77, "1.0", now - 1_000_000)
    pulse = Pulse(time=now - ago, who=who, caught_up=now if caught_up is None else caught_up)
    made(settings, **{PULSE: encode(pulse)})


def looked(look: Look, settings: Settings) -> dict[str, Check]:
    """What a look sees, by name."""
    found: Iterator[Check] = look(settings)
    return {check.name: check for check in found}
