"""What the directory does not take: the field, and why, in both languages."""

from detectors.core.detector import Text
from monitor.trouble import Trouble


class DirectoryError(Trouble):
    """A value that the directory does not take; `field` is its name, empty for the whole."""

    def __init__(self, field: str, why: Text) -> None:
        super().__init__(f"{field}: {why.en}" if field else why.en)
        self.field = field
        self.why = why
