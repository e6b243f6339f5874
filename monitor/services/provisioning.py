"""What identity providers push and read: users and groups of the tenant that their key is for."""

import threading
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, Final, TypeAlias, TypeVar

from scim2_models import (
    Error,
    ForbiddenException,
    Resource,
    SCIMException,
    SearchRequest,
    UniquenessException,
)
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from monitor.clock import now_ms
from monitor.scim.provider import Change, Kind
from monitor.scim.query import Found, count_of, pinned, selected, start_of
from monitor.scim.resources import Group, User
from monitor.scim.rules import PushRules
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed, within
from monitor.services.provisioned_groups import ProvisionedGroups
from monitor.services.provisioned_users import Asking, ProvisionedUsers
from monitor.store.connection import reading
from monitor.store.provisioning import MemberTable

SETTLED_AT_ONCE: Final = 50
"""Accounts that are told of their groups in one transaction: whoever else writes waits for it."""

PATIENCE_S: Final = 5.0
"""How long somebody waits for another one's filter that looks at all resources."""
_T = TypeVar("_T")
_Shelf: TypeAlias = ProvisionedUsers | ProvisionedGroups
_SHELVES: Final[dict[Kind, Callable[[Connection, Asking], _Shelf]]] = {
    Kind.USER: ProvisionedUsers,
    Kind.GROUP: ProvisionedGroups,
}
_MODELS: Final = {Kind.USER: User, Kind.GROUP: Group}
_DEAR: Final = {Kind.USER: "groups", Kind.GROUP: "members"}
"""What of a resource is only looked up where it is wanted."""


class Provisioning:
    """A provider of SCIM's users and groups over one database (monitor.scim.provider.Provider).

    Nobody sees but one tenant: whoever is bound to none is told so. `now` gives ms since 1970 UTC.
    Safe to share between threads.
    """

    def __init__(
        self, engine: Engine, now: Callable[[], int] = now_ms, rules: PushRules | None = None
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._now = now
        self._rules = rules or PushRules()
        self._looking = threading.Lock()

    @allowed(Operation.DIRECTORY_PROVISION)
    def admit(self, actor: Actor) -> None:
        """Nothing, where somebody may use any of this."""
        self._asking(actor)

    @allowed(Operation.DIRECTORY_PROVISION)
    def search(
        self, actor: Actor, kinds: tuple[Kind, ...], request: SearchRequest[Any]
    ) -> Found[Any]:
        """The resources that were asked for, in the order they were made unless another is."""
        asking = self._asking(actor)
        with self._reading.begin() as connection:
            shelves = [(kind, _SHELVES[kind](connection, asking)) for kind in kinds]
            if len(shelves) == 1 and request.filter is None and request.sort_by is None:
                found = _page(shelves[0][1], request)
            else:
                found = self._looked_at(shelves, request)
            for kind, shelf in shelves:
                if not _is_brief(kind, request):
                    shelf.complete(
                        [each for each in found.resources if isinstance(each, _MODELS[kind])]
                    )
            return found

    def _looked_at(
        self, shelves: list[tuple[Kind, _Shelf]], request: SearchRequest[Any]
    ) -> Found[Any]:
        """Those of all that were asked for. Looking at all takes seconds, in which nobody else is
        answered well: one does so at a time."""
        some = chain.from_iterable(_some(*each, request) for each in shelves)
        if pinned(request) is not None:
            return selected(request, some)
        if not self._looking.acquire(timeout=PATIENCE_S):
            told = "somebody else looks at all resources: ask later, or by an attribute by `eq`"
            raise SCIMException.from_error(Error(status=429, detail=told))
        try:
            return selected(request, some)
        finally:
            self._looking.release()

    @allowed(Operation.DIRECTORY_PROVISION)
    def get(self, actor: Actor, kind: Kind, uid: str) -> Resource[Any]:
        """One resource. Raises NotFoundException."""
        asking = self._asking(actor)
        with self._reading.begin() as connection:
            return _SHELVES[kind](connection, asking).get(uid)

    @allowed(Operation.DIRECTORY_PROVISION)
    def create(self, actor: Actor, kind: Kind, resource: Any) -> Resource[Any]:
        """A new resource. Raises UniquenessException."""
        return self._written(actor, lambda asked: _SHELVES[kind](*asked).create(resource))

    @allowed(Operation.DIRECTORY_PROVISION)
    def change(
        self,
        actor: Actor,
        kind: Kind,
        uid: str,
        change: Change,
        expected: frozenset[str] | None = None,
    ) -> Resource[Any]:
        """A resource as it is after a change."""
        return self._written(
            actor, lambda asked: _SHELVES[kind](*asked).change(uid, change, expected)
        )

    @allowed(Operation.DIRECTORY_PROVISION)
    def remove(
        self, actor: Actor, kind: Kind, uid: str, expected: frozenset[str] | None = None
    ) -> None:
        """A resource is not served any more; a user's account is offboarded, or forgotten."""
        self._written(actor, lambda asked: _SHELVES[kind](*asked).remove(uid, expected))

    def _written(self, actor: Actor, write: Callable[[tuple[Connection, Asking]], _T]) -> _T:
        asking = self._asking(actor)
        try:
            with self._engine.begin() as connection:
                done = write((connection, asking))
        except IntegrityError as error:
            raise UniquenessException(detail="somebody else took it at this moment") from error
        self._settle(asking)
        return done

    def _settle(self, asking: Asking) -> None:
        """Tell accounts of their groups, some at a time. What is left when the process dies here,
        the tenant's next push finds."""
        while self._has_due(asking):
            with self._engine.begin() as connection:
                ProvisionedUsers(connection, asking).settle(SETTLED_AT_ONCE)

    def _has_due(self, asking: Asking) -> bool:
        with self._reading.begin() as connection:
            return bool(MemberTable(connection, asking.tenant).due(1))

    def _asking(self, actor: Actor) -> Asking:
        tenant = within(actor)
        if tenant is None:
            raise ForbiddenException(
                detail="the API key is for no tenant: make one by "
                "`vigie key create NAME --scope directory:provision --tenant TENANT`"
            )
        return Asking(actor, tenant, self._rules, self._now())


def _page(shelf: _Shelf, request: SearchRequest[Any]) -> Found[Any]:
    start, count = start_of(request), count_of(request)
    found = shelf.page(start - 1, count) if count else []
    return Found(shelf.count(), start, list(found))


def _some(kind: Kind, shelf: _Shelf, request: SearchRequest[Any]) -> Iterator[Any]:
    """Those that may be meant. Who is in which group is told of what is found, unless the filter
    asks for it."""
    pin, brief = pinned(request), _DEAR[kind] not in str(request.filter or "").lower()
    found = None if pin is None else shelf.looked_up(*pin, brief=brief)
    return iter(shelf.every(brief=brief) if found is None else found)


def _is_brief(kind: Kind, request: SearchRequest[Any]) -> bool:
    """Whether nobody wants to be told who is in which group."""
    dear = _DEAR[kind]
    wanted = {str(each).lower().rpartition(":")[2] for each in request.attributes or ()}
    if wanted:
        return not any(name.partition(".")[0] == dear for name in wanted)
    return dear in {str(each).lower() for each in request.excluded_attributes or ()}
