"""What a feature of a learned model says of itself, whatever it is a feature of."""

from typing import Protocol

from detectors.core.detector import Text


class Described(Protocol):
    """`words` for the reviewer, the `unit` of its values, and its direction.

    `rises`: more of it never speaks against what the model looks for; else never for it.
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
    def rises(self) -> bool:
        """Its direction."""
        ...
