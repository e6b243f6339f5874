"""What the settings say of every responder, whatever its kind."""

from typing import Annotated

from msgspec import Meta, Struct

from alerts.ports import Action

Tenant = Annotated[str, Meta(min_length=1, max_length=1_024)]


class Common(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table `[responders.NAME]`; each kind's own terms add to it.

    `tenants` are those that it acts for, none named for all. `actions` are those of its kind that
    it is asked for, none named for all. `enabled` false keeps it, and asks it for nothing.
    `timeout_seconds` is how long one attempt may take in all, `per_minute` how many orders it gets.
    """

    kind: str
    tenants: frozenset[Tenant] = frozenset()
    actions: frozenset[Action] = frozenset()
    enabled: bool = True
    timeout_seconds: Annotated[float, Meta(gt=0, le=120)] = 15.0
    per_minute: Annotated[int, Meta(ge=1, le=6_000)] = 60
