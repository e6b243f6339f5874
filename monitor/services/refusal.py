"""Why something is not done for somebody; pages, API and command line each say it in their way."""

from monitor.trouble import Trouble


class NotAllowedError(PermissionError):
    """Somebody may not do this."""


class NotFreshError(PermissionError):
    """A reviewer may do this, but has to prove again who they are first."""


class NotThereError(LookupError):
    """There is no such thing, or it is another tenant's, which is told in the same way."""


class StaleError(Trouble):
    """It was changed by somebody else since it was looked at; nothing was done."""


class TakenError(Trouble):
    """There is one of this name already, or the name is another's; nothing was done."""
