"""What can go wrong that somebody can put right: told in a sentence, and how to exit with it."""

from sqlalchemy.exc import DBAPIError

from monitor.enrichment.database import GeoDatabaseError
from monitor.enrichment.networks import NetworkListError
from monitor.enrichment.shipped import ShippedDataError
from monitor.geodata.folder import GeoFolderError
from monitor.geodata.provider import ProviderError
from monitor.instance import InstanceKeyError
from monitor.settings import SettingsError
from monitor.sources.source import SourceError
from monitor.store.connection import StoreUrlError, UnsuitableDatabaseError, explain
from monitor.store.lock import EngineRunningError
from monitor.store.migration import NewerDatabaseError

_USAGE = (ProviderError, SettingsError, StoreUrlError)
_FAILURES = (
    EngineRunningError,
    GeoDatabaseError,
    GeoFolderError,
    InstanceKeyError,
    NetworkListError,
    NewerDatabaseError,
    OSError,
    ShippedDataError,
    SourceError,
    UnsuitableDatabaseError,
)


def told(error: Exception) -> tuple[int, str] | None:
    """The code to exit with and what to say; None for what nobody foresaw."""
    if isinstance(error, _USAGE):
        return 2, str(error)
    if isinstance(error, DBAPIError):
        return 1, explain(error)
    return (1, str(error)) if isinstance(error, _FAILURES) else None
