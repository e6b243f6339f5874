"""The section `[outbound]` of the settings: whom Vigie may connect to when it acts, and how."""

from typing import Annotated

from msgspec import Meta, Struct


class Outbound(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What responders may connect to. Addresses that are not public (this machine, private,
    link-local, a cloud's metadata) only where `allow` names them, as a network, an address or a
    host, with or without a port; metadata only as the one address. Without `internet`, nothing
    but those. `ca`: authorities (PEM) trusted besides the system's. A step of a request may take
    `step_seconds`, all of it `whole_seconds`, an answer have `answer_kib`, unpacked.
    """

    allow: tuple[str, ...] = ()
    internet: bool = True
    ca: str | None = None
    step_seconds: Annotated[float, Meta(gt=0, le=300)] = 10.0
    whole_seconds: Annotated[float, Meta(gt=0, le=600)] = 30.0
    answer_kib: Annotated[int, Meta(ge=1, le=65_536)] = 1_024
