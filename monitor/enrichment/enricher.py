"""Events enriched with place, network and device: the hot path between parsing and detection."""

from msgspec.structs import replace

from detectors.core.event import Event, Feedback
from detectors.core.place import Device
from monitor.enrichment.device import LONGEST_USER_AGENT, DeviceReader
from monitor.enrichment.location import LONGEST_ADDRESS, Locator, Whereabouts
from monitor.enrichment.recent import Recent

ADDRESSES = 131_072
"""Addresses remembered per generation, of two."""
USER_AGENTS = 8_192
"""User agents remembered per generation, of two."""


class Enricher:
    """Fills what the log did not say. Remembers addresses and user agents within bounds.

    `version` pins what it knows: the same version gives the same answers, so that a replay can
    tell whether it reckons with the same places.
    """

    def __init__(self, location: Locator, devices: DeviceReader) -> None:
        self.version = f"{location.version}+{devices.version}"
        self._whereabouts: Recent[Whereabouts] = Recent(
            location.look_up, ADDRESSES, LONGEST_ADDRESS
        )
        self._devices: Recent[Device | None] = Recent(devices.read, USER_AGENTS, LONGEST_USER_AGENT)

    def enrich(self, event: Event) -> Event:
        """The event with place, network and device where they can be known.

        What the event already has is kept; Feedback has none of them and comes back as it is.
        """
        if isinstance(event, Feedback):
            return event
        place, network = self._whereabouts[event.ip]
        device = self._devices[event.user_agent]
        if event.network is not None or event.place is not None or event.device is not None:
            place = event.place if event.place is not None else place
            network = event.network if event.network is not None else network
            device = event.device if event.device is not None else device
        return replace(event, place=place, network=network, device=device)
