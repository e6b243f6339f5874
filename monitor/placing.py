"""Opens the location data that the settings ask for, and again when its files have changed."""

import logging
from pathlib import Path
from typing import TypeAlias

import maxminddb

from monitor import clock
from monitor.enrichment.database import GeoDatabaseError
from monitor.enrichment.device import Devices
from monitor.enrichment.enricher import Enricher
from monitor.enrichment.location import Location
from monitor.enrichment.networks import NetworkListError
from monitor.enrichment.shipped import ShippedDataError, unpack
from monitor.geodata.folder import FETCHED, NAMES, GeoFolder, Origin
from monitor.geodata.lineage import Lineage
from monitor.health.rule import Located
from monitor.settings import Settings

LOOK_EVERY_S = 30.0
"""How often a running engine looks whether the files have changed."""

Look: TypeAlias = tuple[tuple[str, str, int, int, int], ...]
TROUBLE = (GeoDatabaseError, NetworkListError, ShippedDataError, OSError)
"""What is raised over files that cannot be used."""

_log = logging.getLogger(__name__)


def open_enricher(settings: Settings, *, fetched: bool = True, remembers: bool = False) -> Enricher:
    """Enrichment with the user's own databases, else those fetched, else the shipped ones.

    `fetched` False leaves out those in the data folder, which are not the same everywhere. An
    engine that `remembers` asks the databases before the present ones as well, and notes in the
    data folder which those are. Raises GeoDatabaseError, NetworkListError or ShippedDataError.
    """
    folder = GeoFolder(settings.data)
    chosen = folder.choose(settings.geo)
    paths = {
        name: one.path if fetched or one.origin is not Origin.FETCHED else None
        for name, one in chosen.items()
    }
    location = Location.open(
        city=paths["city"],
        autonomous_systems=paths["asn"],
        anonymous=paths["anonymous_ip"],
        connections=paths["connection_type"],
        networks=paths["networks"],
    )
    former = _former(folder, location, paths) if remembers else None
    return Enricher(location, Devices(), former)


def _former(
    folder: GeoFolder, location: Location, paths: dict[str, Path | None]
) -> Location | None:
    """What placed addresses before; None, and a warning, where that cannot be kept."""
    sources = {name: paths[name] or unpack(f"{name}.mmdb") for name in FETCHED}
    files = {name: source for name, source in sources.items() if isinstance(source, Path)}
    if len(files) < len(sources):
        return None
    try:
        before = Lineage(folder).succeed(files, location.placed_by, clock.now_ms())
        if before is None:
            return None
        return Location.open(
            city=before["city"], autonomous_systems=before["asn"], networks=paths["networks"]
        )
    except TROUBLE as error:
        _log.warning("the databases that placed addresses before cannot be kept: %s", error)
        return None


def look(settings: Settings) -> Look:
    """What changes whenever the files that are used do."""
    seen: list[tuple[str, str, int, int, int]] = []
    for name, one in GeoFolder(settings.data).choose(settings.geo).items():
        inode = modified = size = 0
        if one.path is not None:
            try:
                state = one.path.stat()
            except OSError:
                pass
            else:
                inode, modified, size = state.st_ino, state.st_mtime_ns, state.st_size
        seen.append((name, str(one.path), inode, modified, size))
    return tuple(seen)


def located(settings: Settings) -> Located | None:
    """How old the location data in use is; None where no file says so."""
    built = []
    for name, one in GeoFolder(settings.data).choose(settings.geo).items():
        if name in FETCHED:
            source = one.path or unpack(f"{name}.mmdb")
            if isinstance(source, Path):
                with maxminddb.open_database(source, maxminddb.MODE_MMAP) as reader:
                    built.append(reader.metadata().build_epoch * 1_000)
    return Located(min(built), settings.geo.stale_days) if built else None


class LiveEnricher:
    """The enricher of a running engine, opened again when the files it reads have changed."""

    def __init__(self, settings: Settings) -> None:
        """Open it. Raises what `open_enricher` does."""
        self._settings = settings
        self._seen = look(settings)
        self._until = clock.monotonic() + LOOK_EVERY_S
        self.now = open_enricher(settings, remembers=True)

    def renewed(self, *, at_once: bool = False) -> Enricher | None:
        """The enricher for all that comes from now on, when it is another one; else None.

        Looks now and then only, unless `at_once`. Files that cannot be used are told, and what was
        open is used on.
        """
        if not at_once and clock.monotonic() < self._until:
            return None
        self._until = clock.monotonic() + LOOK_EVERY_S
        seen = look(self._settings)
        if seen == self._seen:
            return None
        self._seen = seen
        try:
            _read_through(self._settings)
            self.now = open_enricher(self._settings, remembers=True)
        except TROUBLE as error:
            _log.warning("the new location data cannot be used, the old is used on: %s", error)
            return None
        _log.info("location data: %s", self.now.version)
        return self.now


def _read_through(settings: Settings) -> None:
    """Raises GeoDatabaseError for a damaged file of the user's own: what was fetched was read
    through before it was put there, and the reader in C trusts what it reads."""
    from monitor.geodata.tree import Tree  # noqa: PLC0415 - numpy is not needed to begin

    for name, one in GeoFolder(settings.data).choose(settings.geo).items():
        if name in NAMES and one.path is not None and one.origin is Origin.SETTINGS:
            Tree(one.path).check()
