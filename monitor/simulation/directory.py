"""What a directory would say of the simulated accounts, as the settings that Vigie needs."""

from collections.abc import Iterable
from urllib.parse import quote

from monitor.simulation.lives.persona import KIOSK, SERVICE, SHARED
from monitor.simulation.world import Person


def directory(people: Iterable[Person]) -> bytes:
    """The `[accounts]` section of `vigie.toml`: programs, kiosks and authorised shared accounts."""
    kinds: dict[str, list[str]] = {SERVICE: [], KIOSK: [], SHARED: []}
    for person in people:
        if person.kind in kinds:
            kinds[person.kind].append(f"{quote(person.tenant.uid)}:{quote(person.uid)}")
    lines = ["[accounts]"]
    for kind, names in kinds.items():
        told = ", ".join(f'"{name}"' for name in names)
        lines.append(f"{kind} = [{told}]")
    return ("\n".join(lines) + "\n").encode()
