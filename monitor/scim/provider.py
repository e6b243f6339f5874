"""What stands behind the protocol: the resources of one tenant at a time, for whoever asks."""

from collections.abc import Callable
from enum import Enum
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from scim2_models import Resource, SearchRequest

from monitor.scim.query import Found
from monitor.scim.resources import Group, Person

_A = TypeVar("_A", contravariant=True)

Change: TypeAlias = Callable[[Any], Any]
"""What becomes of a resource that is held; it is given one that nobody else has."""


class Kind(Enum):
    """A type of resource: where it is served, and its model."""

    USER = "Users", Person
    GROUP = "Groups", Group

    @property
    def endpoint(self) -> str:
        """The last part of the address that it is served at."""
        return str(self.value[0])

    @property
    def model(self) -> type[Resource[Any]]:
        """The model with its extensions."""
        model: type[Resource[Any]] = self.value[1]
        return model


def is_expected(version: str | None, expected: frozenset[str] | None) -> bool:
    """Whether a resource of a version may be changed by who expects one of these, compared weakly
    (RFC 9110, section 8.8.3.2); None for any."""
    if expected is None or "*" in expected:
        return True
    return (version or "").removeprefix("W/") in {tag.removeprefix("W/") for tag in expected}


class Provider(Protocol, Generic[_A]):
    """Reads and changes resources in the name of who asks (`_A`).

    Resources come with `meta` but for locations, which only the protocol knows. `expected` are the
    versions (entity tags, or `*`) of which a resource must have one to be changed, None for any.
    Raises SCIMException: not found, a name that is taken, a version that is not the expected one.
    Safe to call from several threads; of two changes at once, each is done as a whole.
    """

    def admit(self, actor: _A) -> None:
        """Nothing, where somebody may use any of this."""

    def search(self, actor: _A, kinds: tuple[Kind, ...], request: SearchRequest[Any]) -> Found[Any]:
        """The resources that were asked for, in an order that stays."""

    def get(self, actor: _A, kind: Kind, uid: str) -> Resource[Any]:
        """One resource."""

    def create(self, actor: _A, kind: Kind, resource: Any) -> Resource[Any]:
        """A new resource; what is told of it."""

    def change(
        self,
        actor: _A,
        kind: Kind,
        uid: str,
        change: Change,
        expected: frozenset[str] | None,
    ) -> Resource[Any]:
        """A resource as it is after a change."""

    def remove(self, actor: _A, kind: Kind, uid: str, expected: frozenset[str] | None) -> None:
        """A resource is not served any more."""
