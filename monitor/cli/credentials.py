"""The instance's own key for a command: what was made just now is said loudly."""

from collections.abc import Sequence

from sqlalchemy import Engine as Database

from monitor import instance
from monitor.chain.checkpoints import Checkpoints
from monitor.chain.sealing import PURPOSE, Sealer
from monitor.cli.console import announce
from monitor.instance import InstanceKey
from monitor.services.audit import Audit
from monitor.settings import Settings
from monitor.signing import checkpoints_of


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


def auditing(settings: Settings, database: Database, more: Sequence[Checkpoints] = ()) -> Audit:
    """The audit of the settings' database, held to the checkpoints of this machine and `more`.
    Raises InstanceKeyError."""
    sealer = Sealer(take_key(settings, database).derive(PURPOSE))
    return Audit(database, sealer, [*checkpoints_of(settings), *more])
