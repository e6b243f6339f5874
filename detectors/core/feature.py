"""What a feature of a learned model says of itself, whatever it is a feature of."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Meta

from detectors.core.detector import Text
from detectors.core.finding import Fact

SHOWN = 3
"""So many features that moved a score are told with a finding."""
_NOTHING = "-"


class Described(Protocol):
    """`words` for the reviewer, the `unit` of its values, and its direction.

    `rises`: more of it never speaks against what the model looks for; False: never for it; None:
    either, as who has many windows open may be one person or several.
    """

    @property
    def name(self) -> str:
        """By which its curve is found."""
        ...

    @property
    def unit(self) -> str:
        """Of its values."""
        ...

    @property
    def words(self) -> Text:
        """In both languages."""
        ...

    @property
    def rises(self) -> bool | None:
        """Its direction."""
        ...


def reason(features: Sequence[Described], title: str, french: str) -> Meta:
    """How a fact is told whose value is one of these features' names, or nothing."""
    values = {one.name: one.words for one in features}
    values[_NOTHING] = Text("nothing else", "rien d'autre")
    return Meta(title=title, extra={"fr": french, "values": values})


def reasons(moved: Sequence[tuple[str, float]]) -> dict[str, Fact]:
    """The facts `first` to `third`, with their nats: the features that moved a score, most first,
    at most `SHOWN`."""
    told = [*moved, *[(_NOTHING, 0.0)] * (SHOWN - len(moved))]
    facts: dict[str, Fact] = {}
    for name, (feature, nats) in zip(("first", "second", "third"), told, strict=True):
        facts[name] = feature
        facts[f"{name}_nats"] = nats
    return facts
