"""The language that a subscriber chose, kept by their browser: without script and session."""

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from monitor.web.door import YEAR, local_path
from monitor.web.forms import form_of
from monitor.web.language import LANGUAGES
from monitor.web.rendering import LANGUAGE_COOKIE, preferred_name
from monitor.web.subscriber_paths import CHALLENGE, OWN, is_subscribers

PREFERENCES: Final = f"{CHALLENGE}/preferences"


def subscriber_language(*, secure: bool) -> APIRouter:
    """Where the choice of all subscribers' pages is sent. `secure`: browsers come by HTTPS.

    The cookie comes along when the application sends a browser here (SameSite=Lax), unlike a
    reviewer's; to choose a language for somebody else's browser hurts nobody.
    """
    router = APIRouter(include_in_schema=False)

    @router.post(PREFERENCES)
    async def choose(request: Request) -> Response:
        form = await form_of(request)
        answer = RedirectResponse(back_to(form.get("next", "")), HTTPStatus.SEE_OTHER)
        chosen = form.get("language")
        if chosen in LANGUAGES:
            name = preferred_name(LANGUAGE_COOKIE) if secure else LANGUAGE_COOKIE
            answer.set_cookie(name, chosen, YEAR, secure=secure, httponly=True, samesite="lax")
        return answer

    return router


def back_to(text: str) -> str:
    """The page of a subscriber to go back to; `/me` for anything else."""
    path = local_path(text)
    return path if is_subscribers(path.partition("?")[0]) else OWN
