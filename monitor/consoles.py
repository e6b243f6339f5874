"""The processes that serve console and API, on one socket that outlives each of them."""

import logging
import socket
from collections.abc import Callable, Mapping

from monitor.companion import Companion, Crew
from monitor.effective import to_console
from monitor.listening import listen
from monitor.services.effective import Whence
from monitor.settings import Settings, SettingsError

log = logging.getLogger(__name__)

MODULE = "monitor.web.serve"
_ANEW = ("host", "port", "processes")


class Consoles:
    """As many as the settings say, in a crew. Of the crew's thread, but for what only looks."""

    def __init__(
        self,
        crew: Crew,
        settings: Settings,
        module: str = MODULE,
        said: Callable[[], Mapping[str, Whence]] = dict,
    ) -> None:
        """`module` is what runs in each process; `said` gives who said which setting."""
        self._crew = crew
        self._said = said
        self._settings = settings
        self._module = module
        self._socket: socket.socket | None = None
        self._place: tuple[str, int] = ("", 0)
        self._members: list[Companion] = []
        self._trouble = ""

    @property
    def is_open(self) -> bool:
        """Whether they are started."""
        return bool(self._members)

    @property
    def address(self) -> str:
        """Where a browser finds them; the port that was given out where any was asked for."""
        web = self._settings.web
        if self._socket is None or web.port or web.public_url is not None:
            return web.address
        return f"{web.address.removesuffix(':0')}:{self._socket.getsockname()[1]}"

    def open(self) -> bool:
        """Listen, and start them; False, told once, while somebody else listens there."""
        place = (self._settings.web.host, self._settings.web.port)
        if place != self._place or self._socket is None:
            listening = self._listen(*place)
            if listening is None:
                return False
            # Only now, so that those before serve for as long as there is nothing in their place.
            self.close()
            self._socket, self._place = listening, place
        if len(self._members) != self._settings.web.processes:
            self._end()
            self._members = self._made(self._socket.fileno())
            self._crew.add(*self._members)
        return True

    def take_up(self, settings: Settings) -> Callable[[], bool]:
        """What brings them to these settings, to be done again until it says True."""
        before, after = self._settings.web, settings.web
        self._settings = settings
        if not self.is_open:
            return lambda: True
        after = settings.web
        if (before.host, before.port, before.processes) != (
            after.host,
            after.port,
            after.processes,
        ):
            return self.open
        self._crew.renew(self._members, self._told(settings))
        return lambda: True

    def close(self) -> None:
        """End them, and listen no more."""
        self._end()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _end(self) -> None:
        self._crew.remove(*self._members)
        self._members = []

    def _listen(self, host: str, port: int) -> socket.socket | None:
        try:
            listening = listen(host, port)
        except OSError as error:
            reason = f"{host}:{port} cannot be listened on: {error.strerror}"
            if reason != self._trouble:
                log.warning("%s; trying again", reason)
            self._trouble = reason
            return None
        self._trouble = ""
        return listening

    def _made(self, number: int) -> list[Companion]:
        count = self._settings.web.processes
        arguments = ["--fd", str(number), "--announce"]
        return [
            Companion(
                "the console" if count == 1 else f"console {index} of {count}",
                self._module,
                arguments,
                self._told(self._settings),
                fds=(number,),
                announces=True,
            )
            for index in range(1, count + 1)
        ]

    def _told(self, settings: Settings) -> bytes:
        """What a console is told; nothing of who said what where that cannot be read any more."""
        try:
            said = self._said()
        except SettingsError as error:
            log.warning("who said which setting cannot be told: %s", error)
            said = {}
        return to_console(settings, said)
