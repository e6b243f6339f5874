"""What can go wrong that somebody can put right: told in a sentence, and how to exit with it."""

from sqlalchemy.exc import DBAPIError

from monitor.store.connection import explain
from monitor.trouble import MisuseError, Trouble


def told(error: Exception) -> tuple[int, str] | None:
    """The code to exit with and what to say; None for what nobody foresaw."""
    if isinstance(error, MisuseError):
        return 2, str(error)
    if isinstance(error, DBAPIError):
        return 1, explain(error)
    if isinstance(error, OSError) and isinstance(error.filename, str) and error.strerror:
        return 1, f"{error.filename}: {error.strerror}"
    return (1, str(error)) if isinstance(error, (Trouble, OSError)) else None
