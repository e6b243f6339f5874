"""One message: to whom it goes, its subject, and what it says depending on what is known."""

from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from detectors.core.detector import Text


class Audience(StrEnum):
    """Whom a message is written to."""

    USER = "user"
    TEAM = "team"


class Say(Struct, frozen=True):
    """A paragraph; shown where all its `{values}` are said, and `unless` is not."""

    text: Text
    unless: str = ""


class Facts(Struct, frozen=True):
    """Values with their labels, one a line; those that are not said are left out."""

    names: tuple[str, ...]


class Quote(Struct, frozen=True):
    """What somebody wrote, or what a decision rests on, under its label."""

    name: str


class Ask(Struct, frozen=True):
    """A link, and what it is for."""

    name: str
    text: Text


class Items(Struct, frozen=True):
    """The messages that this one stands for, a line each."""


Block: TypeAlias = Say | Facts | Quote | Ask | Items


class Message(Struct, frozen=True, kw_only=True):
    """What is said, in both languages.

    `subject` and `summary` (its line in a digest) may name values; where one is not said, the
    words in brackets around it go too: `Account[ {account}] suspended`. One that `waits` may be
    folded into a digest, or left out where the same was said a while ago; what somebody has a
    right to be told never is.
    """

    name: str
    audience: Audience
    subject: Text
    summary: Text
    body: tuple[Block, ...]
    waits: bool = False
