"""The register of processing, for whoever may read it."""

from monitor.protection.processing import Facts, Register
from monitor.protection.register import register
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed


class Registry:
    """The register of one instance, written from its settings."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    @allowed(Operation.REGISTER_READ)
    def read(self, actor: Actor) -> Register:
        """As it is now."""
        return register(self._facts)
