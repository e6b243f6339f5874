"""What a directory would say of the simulated accounts, as the settings that Vigie needs."""

from collections.abc import Iterable
from urllib.parse import quote

from monitor.simulation.lives.persona import KIOSK, SERVICE, SHARED
from monitor.simulation.world import Person


def kinds_of(people: Iterable[Person]) -> dict[str, list[str]]:
    """Programs, kiosks and authorised shared accounts, by their kind, as the settings name them."""
    kinds: dict[str, list[str]] = {SERVICE: [], KIOSK: [], SHARED: []}
    for person in people:
        if person.kind in kinds:
            kinds[person.kind].append(f"{quote(person.tenant.uid)}:{quote(person.uid)}")
    return kinds


def directory(people: Iterable[Person]) -> bytes:
    """The same as the `[accounts]` section of `vigie.toml`."""
    lines = ["[accounts]"]
    for kind, names in kinds_of(people).items():
        told = ", ".join(f'"{name}"' for name in names)
        lines.append(f"{kind} = [{told}]")
    return ("\n".join(lines) + "\n").encode()
