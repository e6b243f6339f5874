"""The location data: that it can be opened, and that addresses all over the world are in it."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import maxminddb
from geoip2.database import Reader
from geoip2.errors import AddressNotFoundError

from detectors.core.event import DAY
from monitor import assembly, clock
from monitor.doctor.check import Check, note
from monitor.enrichment.database import GeoDatabaseError
from monitor.enrichment.networks import NetworkListError
from monitor.enrichment.shipped import ShippedDataError, unpack
from monitor.geodata.folder import FETCHED, GeoFolder
from monitor.settings import Settings


def look(settings: Settings) -> Iterator[Check]:
    """All of it as the engine opens it, and the city database from end to end."""
    try:
        enricher = assembly.open_enricher(settings)
    except (GeoDatabaseError, NetworkListError, ShippedDataError, OSError) as error:
        yield Check("location data", False, str(error), "check the paths under [geo]")
        return
    yield Check("location data", True, enricher.version)
    chosen = GeoFolder(settings.data).choose(settings.geo)
    yield _read_through(chosen["city"].path)
    for name in FETCHED:
        yield from _age(name, chosen[name].path, settings.geo.stale_days)


def _age(name: str, path: Path | None, stale_days: int) -> Iterator[Check]:
    """How old it is: people move between providers, and addresses between them."""
    source = path or unpack(f"{name}.mmdb")
    if isinstance(source, Path):
        with maxminddb.open_database(source, maxminddb.MODE_MMAP) as reader:
            age = (clock.now_ms() - reader.metadata().build_epoch * 1_000) // DAY
        title, seen = f"{name} database's age", f"{age:,} days"
        stale = age >= stale_days
        yield note(title, seen, "run `vigie geo update`") if stale else Check(title, True, seen)


def _read_through(city: Path | None) -> Check:
    """Look up addresses all over with geoip2's own reader, which a damaged file cannot crash."""
    name = "city database"
    path = unpack("city.mmdb") if city is None else city
    if isinstance(path, bytes):
        return Check(name, True, "kept in memory: no folder to unpack it to can be written")
    found = 0
    try:
        with Reader(path, mode=maxminddb.MODE_FILE) as reader:
            for first in range(1, 224):
                with suppress(AddressNotFoundError):
                    found += reader.city(f"{first}.40.7.9").location.latitude is not None
    except (maxminddb.InvalidDatabaseError, ValueError, OSError, TypeError) as error:
        return Check(name, False, f"{path}: {error}", "fetch it again: it is damaged")
    return Check(name, found > 0, f"{path}: {found} of 223 addresses located", "fetch it again")
