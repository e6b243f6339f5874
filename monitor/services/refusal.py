"""Why something is not done for somebody; pages, API and command line each say it in their way."""


class NotAllowedError(PermissionError):
    """Somebody may not do this."""


class NotFreshError(PermissionError):
    """A reviewer may do this, but has to prove again who they are first."""


class NotThereError(LookupError):
    """There is no such thing, or it is another tenant's, which is told in the same way."""
