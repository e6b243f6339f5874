"""What an answer that is none means for an order: try again, or let people look."""

from collections.abc import Mapping
from typing import Final

from alerts.egress.client import Answer, Client, EgressError
from alerts.ports import RefusedError, ResponderError, RetryError

_LATER: Final = frozenset((408, 409, 412, 423, 425, 429))
"""Statuses of 4xx that may be others in a while."""
_NEVER: Final = frozenset((501, 505))


class UnsureError(RetryError):
    """Nobody knows whether it was done: the request was sent, and no answer says so."""


def asked(
    client: Client,
    method: str,
    path: str,
    *,
    query: Mapping[str, str] | None = None,
    body: bytes | None = None,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """As `Client.ask`, in the words of the port. Raises RetryError, UnsureError, RefusedError."""
    try:
        return client.ask(method, path, query=query, body=body, form=form, headers=headers)
    except EgressError as error:
        if error.was_sent and method != "GET":
            raise UnsureError(error.why) from None
        raise (RetryError if error.passes else RefusedError)(error.why) from None


def refusal(server: str, answer: Answer, what: str) -> ResponderError:
    """The error for an answer whose status is none of those hoped for; of its body, which may
    repeat what was sent, nothing is told. `what` is what was asked for, in words."""
    status = answer.status
    told = f"{server} refuses {what} (HTTP {status})"
    if status == 401:
        return RefusedError(f"{told}: the token is not accepted, or no more")
    if status == 403:
        return RefusedError(f"{told}: whoever the token is of may not do it")
    if status >= 500 and status not in _NEVER:
        return UnsureError(told, answer.retry_after_s())
    if status in _LATER:
        return RetryError(told, answer.retry_after_s())
    return RefusedError(told)
