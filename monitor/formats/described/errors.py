"""What can be wrong with a description, and with a line that it was not made for."""

from monitor.formats.format import MalformedLine


class DescriptionError(ValueError):
    """A description that cannot be used: `key` is the dotted key within it, `reason` says why."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key}: {reason}" if key else reason)
        self.key = key
        self.reason = reason


class OtherShapeError(MalformedLine):
    """A line that is nothing of the kind described: no JSON, other columns, another pattern."""
