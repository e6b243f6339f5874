"""The instance's own key for a command: what was made just now is said loudly."""

from sqlalchemy import Engine as Database

from monitor import instance
from monitor.cli.console import announce
from monitor.instance import InstanceKey
from monitor.settings import Settings


def take_key(settings: Settings, database: Database) -> InstanceKey:
    """The instance's key; says loudly when it was made just now. Raises InstanceKeyError."""
    key, made = instance.opened(settings.secrets.key, settings.data)
    if made is not None:
        announce(
            f"Made this instance's own key: {made} (fingerprint {key.fingerprint}). "
            "Keep a copy of it, apart from the backups of the database. Whoever loses it makes "
            "every API key, password and second factor anew; nothing that was read or found is "
            "lost.",
            style="bold yellow",
        )
    instance.adopt(database, key)
    return key
