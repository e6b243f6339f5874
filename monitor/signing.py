"""What signs the audit for this instance, and where signed places of it are kept outside."""

from monitor import instance
from monitor.chain.checkpoints import FILE, Checkpoints
from monitor.chain.sealing import PURPOSE, Sealer
from monitor.settings import Settings


def sealer_of(settings: Settings) -> Sealer | None:
    """What signs for the instance; None where its key is not here yet. Raises InstanceKeyError."""
    path = settings.data / instance.KEY_FILE
    if settings.secrets.key is None and not path.exists():
        return None
    key, _ = instance.opened(settings.secrets.key, settings.data)
    return Sealer(key.derive(PURPOSE))


def checkpoints_of(settings: Settings) -> list[Checkpoints]:
    """The files outside of the database that keep signed places of the audit."""
    more = settings.audit.checkpoints
    paths = [settings.data / FILE, *([] if more is None else [more])]
    return [Checkpoints(path) for path in paths]
