"""One key that a browser keeps for pages that need no session: in a cookie that no script reads,
and forms that only a page of whoever has it can have sent."""

from http import HTTPStatus
from typing import Literal

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.services.admission import form_token, is_form_token
from monitor.web.forms import MOST, form_of

LONGEST = 128
"""Characters of a key; a cookie that is longer is none."""


class KeptKey:
    """A key's cookie. `secure`: browsers come by HTTPS. `same_site` is `lax` where browsers that
    another site leads here have to be known at once."""

    def __init__(
        self, name: str, *, secure: bool, same_site: Literal["lax", "strict"] = "strict"
    ) -> None:
        self._name = name
        self._secure = secure
        self._same_site: Literal["lax", "strict"] = same_site

    def of(self, request: Request) -> str:
        """The key that a browser shows; empty for none."""
        key = request.cookies.get(self._called(request), "")
        return key if len(key) <= LONGEST and key.isascii() and key.isprintable() else ""

    def give(self, request: Request, answer: Response, key: str, seconds: int) -> None:
        """Let a browser keep a key for so long."""
        answer.set_cookie(
            self._called(request),
            key,
            seconds,
            secure=self._secure,
            httponly=True,
            samesite=self._same_site,
        )

    def take(self, request: Request, answer: Response) -> None:
        """Let it keep it no longer."""
        answer.delete_cookie(
            self._called(request), secure=self._secure, httponly=True, samesite=self._same_site
        )

    def token(self, request: Request) -> str:
        """What forms of whoever has the key bring back."""
        key = self.of(request)
        return form_token(key) if key else ""

    async def form(self, request: Request, most: int = MOST) -> dict[str, str]:
        """The fields of a form that a page of whoever has the key sent. Raises HTTPException."""
        form = await form_of(request, most)
        key = self.of(request)
        if not key or not is_form_token(key, form.get("token", "")):
            raise HTTPException(HTTPStatus.FORBIDDEN)
        return form

    def _called(self, request: Request) -> str:
        prefix = "__Host-" if self._secure else ""
        return f"{prefix}vigie_{self._name}_{request.url.port or 0}"
