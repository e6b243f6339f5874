"""Why something is not done for somebody; pages, API and command line each say it in their way."""

from detectors.core.detector import Text
from monitor.trouble import Trouble


class NotAllowedError(PermissionError):
    """Somebody may not do this."""


class NotFreshError(PermissionError):
    """A reviewer may do this, but has to prove again who they are first."""


class NotThereError(LookupError):
    """There is no such thing, or it is another tenant's, which is told in the same way."""


class StaleError(Trouble):
    """It was changed by somebody else since it was looked at; nothing was done."""

    def __init__(self, en: str, fr: str) -> None:
        super().__init__(en)
        self.text = Text(en, fr)


class TakenError(Trouble):
    """There is one of this name already, or it was decided otherwise; nothing was done."""

    def __init__(self, en: str, fr: str) -> None:
        super().__init__(en)
        self.text = Text(en, fr)
