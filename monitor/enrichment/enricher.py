"""Events enriched with place, network and device: the hot path between parsing and detection."""

from hashlib import blake2b
from typing import TypeAlias

from msgspec.structs import replace

from detectors.core.event import Event, Feedback
from detectors.core.place import Device, Former, Network, Place
from detectors.core.relocation import is_alike
from monitor.enrichment.device import LONGEST_USER_AGENT, DeviceReader
from monitor.enrichment.location import LONGEST_ADDRESS, Locator
from monitor.enrichment.recent import Recent

ADDRESSES = 131_072
"""Addresses remembered per generation, of two."""
USER_AGENTS = 8_192
"""User agents remembered per generation, of two."""

Found: TypeAlias = tuple[Place | None, Network, Former | None]


class Enricher:
    """Fills what the log did not say. Remembers addresses and user agents within bounds.

    `version` pins what it knows: the same version gives the same answers, so that a replay can
    tell whether it reckons with the same places. `built` tells location databases apart in events.
    """

    def __init__(
        self, location: Locator, devices: DeviceReader, former: Locator | None = None
    ) -> None:
        """`former` is what placed addresses before `location` did, where that is still there."""
        self.version = f"{location.version}+{devices.version}"
        self.built = number_of(location.version)
        self._location = location
        self._former = former
        self._formerly = 0 if former is None else number_of(former.version)
        self._found: Recent[Found] = Recent(self._find, ADDRESSES, LONGEST_ADDRESS)
        self._devices: Recent[Device | None] = Recent(devices.read, USER_AGENTS, LONGEST_USER_AGENT)

    def enrich(self, event: Event) -> Event:
        """The event with place, network and device where they can be known.

        What the event already has is kept; Feedback has none of them and comes back as it is.
        """
        if isinstance(event, Feedback):
            return event
        place, network, former = self._found[event.ip]
        device = self._devices[event.user_agent]
        if event.network is not None or event.place is not None or event.device is not None:
            device = event.device if event.device is not None else device
            if event.network is not None or event.place is not None:
                # The log's own words, or enriched before: no databases of ours are to be compared.
                place = event.place if event.place is not None else place
                network = event.network if event.network is not None else network
                return replace(event, place=place, network=network, device=device)
        built = 0 if event.ip is None else self.built
        return replace(
            event, place=place, network=network, device=device, built=built, former=former
        )

    def _find(self, ip: str | None) -> Found:
        place, network = self._location.look_up(ip)
        if self._former is None:
            return place, network, None
        before, theirs = self._former.look_up(ip)
        if before is None:
            # Known by now where it is: that is no other opinion.
            before = place
        if theirs.asn is None or theirs.asn == network.asn:
            theirs = network
        if is_alike(before, theirs, place, network):
            return place, network, None
        return place, network, Former(self._formerly, before, theirs)


def number_of(version: str) -> int:
    """A number from 1 to 65,535 for what a location source knows: by it events tell them apart."""
    return int.from_bytes(blake2b(version.encode(), digest_size=2).digest()) or 1
