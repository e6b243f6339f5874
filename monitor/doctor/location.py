"""The location data: that it can be opened, and that addresses all over the world are in it."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import maxminddb
from geoip2.database import Reader
from geoip2.errors import AddressNotFoundError

from monitor import assembly
from monitor.doctor.check import Check
from monitor.enrichment.database import GeoDatabaseError
from monitor.enrichment.networks import NetworkListError
from monitor.enrichment.shipped import ShippedDataError, unpack
from monitor.settings import Settings


def look(settings: Settings) -> Iterator[Check]:
    """All of it as the engine opens it, and the city database from end to end."""
    try:
        enricher = assembly.open_enricher(settings)
    except (GeoDatabaseError, NetworkListError, ShippedDataError, OSError) as error:
        yield Check("location data", False, str(error), "check the paths under [geo]")
        return
    yield Check("location data", True, enricher.version)
    yield _read_through(settings.geo.city)


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
