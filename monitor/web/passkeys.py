"""What pages that ask for passkeys share: when they can, what they send, and what they are sent."""

from collections.abc import Callable
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from monitor.mfa.party import RelyingParty, is_suffix
from monitor.services.factors import FactorError, Offer, Shown
from monitor.web.problem import Kind, Problem, answer

WITH_PASSKEY: Final = 24 << 10
"""Bytes of a form with what an authenticator answered; it is percent-encoded."""


def usable(request: Request, party: RelyingParty | None) -> bool:
    """Whether a browser lets this page ask for passkeys: only where the address is the relying
    party's, whatever other names lead here."""
    return party is not None and is_suffix(party.id, request.url.hostname or "")


def shown_in(form: dict[str, str]) -> Shown:
    """What a page sends of a passkey."""
    return Shown(passkey=form.get("passkey", ""), state=form.get("state", ""))


def offered(ask: Callable[[], Offer]) -> Response:
    """What a script asks an authenticator with, as JSON."""
    try:
        offer = ask()
    except FactorError as error:
        return answer(Problem(Kind.NOT_THERE, error.text.en))
    told = {"options": msgspec.Raw(offer.options.encode()), "state": offer.state}
    return Response(msgspec.json.encode(told), media_type="application/json")
