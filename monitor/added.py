"""The settings with the sources that people added in the console; those of the file come first."""

from msgspec import structs
from sqlalchemy import Engine as Database

from monitor.settings import OWN_SOURCE, Settings, Source
from monitor.sources.inbox import PUSH
from monitor.store import added
from monitor.store.added import AddedSource
from monitor.store.connection import reading

Mark = tuple[int, int]


def mark(database: Database) -> Mark:
    """What differs once any of them has."""
    with reading(database).connect() as connection:
        return added.mark(connection)


def with_added(settings: Settings, database: Database) -> Settings:
    """The same settings with the added sources behind their own."""
    taken = {OWN_SOURCE, *(source.name for source in settings.sources)}
    with reading(database).connect() as connection:
        more = [one for one in added.added(connection) if one.name not in taken]
    sources = (*settings.sources, *map(_source, more))
    return structs.replace(settings, sources=sources) if more else settings


def _source(one: AddedSource) -> Source:
    """Both ways lead through the inbox. Nobody is missed who handed in a file."""
    return Source(
        name=one.name,
        url=PUSH,
        format=one.format,
        zone=one.zone,
        tenant=one.tenant,
        silent_after_minutes=None if one.way == added.PUSHED else 0,
    )
