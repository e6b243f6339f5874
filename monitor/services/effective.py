"""The settings that hold, as an administrator sees them: whence each is, and nothing secret."""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed


class Whence(StrEnum):
    """Who said a setting."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    START = "start"
    """Whoever started it: an option of the command line, or what was worked out from where it
    is."""


class SettingView(Struct, frozen=True, kw_only=True):
    """One setting by its dotted `key`. `value` is as TOML has it, empty for none; of what is
    secret, or not told to this process (`is_hidden`), only `is_set` says whether there is any.
    `variable` is what overrides it in the environment. `restarts`: it holds from the next start
    on. `about` is what is said of it, in English."""

    key: str
    value: str
    whence: Whence
    is_hidden: bool
    is_set: bool
    variable: str
    restarts: bool
    about: str


class SectionView(Struct, frozen=True, kw_only=True):
    """The settings of one section, and what is said of it in English."""

    name: str
    about: str
    settings: tuple[SettingView, ...]

    @property
    def changed(self) -> int:
        """How many of them somebody said."""
        return sum(one.whence is not Whence.DEFAULT for one in self.settings)


class Effective:
    """The desk of the settings of this process. Safe to share between threads."""

    def __init__(self, sections: Sequence[SectionView]) -> None:
        self._sections = sections

    @allowed(Operation.SETTINGS_READ)
    def sections(self, actor: Actor) -> list[SectionView]:
        """All of them, by section."""
        return list(self._sections)
