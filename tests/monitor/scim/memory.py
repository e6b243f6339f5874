"""A provider that keeps everything in memory: what the protocol is tried on, without a database."""

import threading
from typing import Any

from scim2_models import (
    Meta,
    NotFoundException,
    PreconditionFailedException,
    Resource,
    SearchRequest,
    UniquenessException,
)

from monitor.scim.provider import Change, Kind, is_expected
from monitor.scim.query import Found, selected
from monitor.scim.resources import Group, Membership, User


class InMemory:
    """One tenant's resources, whoever asks."""

    def __init__(self) -> None:
        self.held: dict[tuple[Kind, str], Any] = {}
        self._made = 0
        self._lock = threading.RLock()

    def admit(self, actor: Any) -> None:
        """Everybody may."""

    def search(
        self, actor: Any, kinds: tuple[Kind, ...], request: SearchRequest[Any]
    ) -> Found[Any]:
        """See Provider."""
        some = [self._told(kind, uid) for kind, uid in sorted(self.held, key=str) if kind in kinds]
        return selected(request, some)

    def get(self, actor: Any, kind: Kind, uid: str) -> Resource[Any]:
        """See Provider."""
        return self._told(kind, uid)

    def create(self, actor: Any, kind: Kind, resource: Any) -> Resource[Any]:
        """See Provider."""
        with self._lock:
            self._check_name(kind, resource, None)
            self._made += 1
            resource.id = f"{self._made:032x}"
            resource.meta = Meta(resource_type=kind.endpoint[:-1], version='W/"1"')
            self.held[kind, resource.id] = resource
            return self._told(kind, resource.id)

    def change(
        self, actor: Any, kind: Kind, uid: str, change: Change, expected: frozenset[str] | None
    ) -> Resource[Any]:
        """See Provider."""
        with self._lock:
            before = self._told(kind, uid)
            self._check(before, expected)
            after = change(before)
            self._check_name(kind, after, uid)
            number = int(before.meta.version[3:-1]) + 1
            after.id = uid
            after.meta = before.meta.model_copy(update={"version": f'W/"{number}"'})
            self.held[kind, uid] = after
            return self._told(kind, uid)

    def remove(self, actor: Any, kind: Kind, uid: str, expected: frozenset[str] | None) -> None:
        """See Provider."""
        with self._lock:
            self._check(self._told(kind, uid), expected)
            del self.held[kind, uid]

    def _told(self, kind: Kind, uid: str) -> Any:
        if (kind, uid) not in self.held:
            raise NotFoundException
        found = self.held[kind, uid].model_copy(deep=True)
        if isinstance(found, User):
            found.groups = [
                Membership(value=group.id, display=group.display_name)
                for (what, _), group in self.held.items()
                if what is Kind.GROUP and uid in {m.value for m in group.members or ()}
            ] or None
        return found

    def _check(self, found: Any, expected: frozenset[str] | None) -> None:
        if not is_expected(found.meta.version, expected):
            raise PreconditionFailedException

    def _check_name(self, kind: Kind, resource: Any, uid: str | None) -> None:
        for (what, other), held in self.held.items():
            if what is kind and other != uid and _name(held) == _name(resource):
                raise UniquenessException


def _name(resource: Any) -> str:
    is_group = isinstance(resource, Group)
    return str(resource.display_name if is_group else resource.user_name).casefold()
