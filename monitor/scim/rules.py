"""How what identity providers push is understood: settings, each with its default."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from monitor.directory.account import Names, fold


class Identifier(StrEnum):
    """Which attribute of a user is what logs call the account by."""

    USER_NAME = "userName"
    EXTERNAL_ID = "externalId"


class Deleted(StrEnum):
    """What becomes of an account whose user an identity provider deletes."""

    OFFBOARD = "offboard"
    REMOVE = "remove"


class PushRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`identifier` is what logs have as the account's uid, for accounts that are new to the
    directory. `privileged` are roles and groups, whatever their case, that make an account
    privileged."""

    identifier: Identifier = Identifier.USER_NAME
    privileged: Names = ()
    deleted: Deleted = Deleted.OFFBOARD

    def is_privileged(self, names: Iterable[str]) -> bool:
        """Whether one of these roles or groups is."""
        known = {fold(name) for name in self.privileged}
        return any(fold(name) in known for name in names)
