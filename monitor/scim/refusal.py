"""What an identity provider is told when something is not done (RFC 7644, section 3.12)."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError
from scim2_models import Error, InvalidSyntaxException, SCIMException

from monitor.scim.limits import MAXIMUM_DETAIL


def error_of(refusal: SCIMException | ValidationError) -> Error:
    """The message for what was refused; of several faults in a body, the first. It never repeats
    what was sent but for names of attributes."""
    if isinstance(refusal, ValidationError):
        found = Error.from_validation_error(refusal.errors(include_url=False)[0])
    elif isinstance(refusal.__cause__, ValidationError):
        found = error_of(refusal.__cause__)
        found.scim_type = refusal.scim_type or None
    else:
        found = refusal.to_error()
    found.detail = (found.detail or "")[:MAXIMUM_DETAIL]
    return found


@contextmanager
def refusing() -> Iterator[None]:
    """Make what the models say of a body a SCIMException, so that there is one kind to catch."""
    try:
        yield
    except ValidationError as error:
        raise SCIMException.from_error(error_of(error)) from error
    except RecursionError as error:
        raise InvalidSyntaxException(detail="the body is nested too deeply") from error
