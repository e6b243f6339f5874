"""Who is at the pages of subscribers, and what their forms bring: a session that opens no console,
as a reviewer's opens none of these pages."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.services.admission import is_form_token
from monitor.services.sessions import Client
from monitor.services.subscriber_sessions import SubscriberVisit
from monitor.web.forms import MOST, form_of

ASKED_S: Final = 600
"""How long a browser waits for the application's answer; somebody may have to sign in there."""

AdmitsSubscriber = Callable[[str, Client | None], SubscriberVisit | None]


def nobody(_key: str, _client: Client | None) -> SubscriberVisit | None:
    """Where there are no subscribers."""
    return None


def subscriber_cookie(request: Request, *, secure: bool) -> str:
    """The cookie's name; as for the console's, kept apart by port."""
    prefix = "__Host-" if secure else ""
    return f"{prefix}vigie_subscriber_{request.url.port or 0}"


class SubscriberCookies:
    """What browsers keep of a subscriber's session, over HTTPS only where they reach us over it.

    `SameSite=Lax`: whoever comes from the application's own host is known at once.
    """

    def __init__(self, *, secure: bool) -> None:
        self.secure = secure

    def admit(self, request: Request, answer: Response, key: str) -> None:
        """Give a browser its session."""
        name = subscriber_cookie(request, secure=self.secure)
        answer.set_cookie(name, key, secure=self.secure, httponly=True, samesite="lax")

    def dismiss(self, request: Request, answer: Response) -> None:
        """Take it away."""
        name = subscriber_cookie(request, secure=self.secure)
        answer.delete_cookie(name, secure=self.secure, httponly=True, samesite="lax")

    def note_asked(self, request: Request, answer: Response, state: str) -> None:
        """Let a browser know its own answer when the application sends it back."""
        name = self._asked(request)
        answer.set_cookie(name, state, ASKED_S, secure=self.secure, httponly=True, samesite="lax")

    def asked(self, request: Request) -> str:
        """What it asked with; empty where it did not."""
        return request.cookies.get(self._asked(request), "")

    def forget_asked(self, request: Request, answer: Response) -> None:
        """It has been answered."""
        name = self._asked(request)
        answer.delete_cookie(name, secure=self.secure, httponly=True, samesite="lax")

    def _asked(self, request: Request) -> str:
        return subscriber_cookie(request, secure=self.secure).replace("subscriber", "asked")


def visit_of_subscriber(request: Request) -> SubscriberVisit | None:
    """The session that a request is of; None where nobody is known."""
    visit: SubscriberVisit | None = request.scope["state"].get("subscriber")
    return visit


def subscriber_of(request: Request) -> SubscriberVisit:
    """The session that a request is of. Raises HTTPException where nobody is known."""
    visit = visit_of_subscriber(request)
    if visit is None:
        raise HTTPException(HTTPStatus.UNAUTHORIZED)
    return visit


async def subscriber_form(request: Request, most: int = MOST) -> dict[str, str]:
    """The fields of a form that a page of this subscriber's session sent. Raises HTTPException."""
    visit = subscriber_of(request)
    form = await form_of(request, most)
    if not is_form_token(visit.key, form.get("token", "")):
        raise HTTPException(HTTPStatus.FORBIDDEN)
    return form
