"""`/challenge`: where a subscriber who is asked whether it is them answers, or says that it is not.

A challenge belongs to the browser that opened it first; to any other there is none, and it is told
the same as for one that never was. Answers lead back to the page (RFC 9110, 15.4.4), so that
nothing is sent twice by loading it again.
"""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from alerts.wording import said
from detectors.core.detector import Text
from monitor.gate.ticket import PARAMETER, TicketError, Tickets
from monitor.gate.ticket import PATH as BY_GATE
from monitor.mfa import picture
from monitor.mfa.challenge import REASONS, Reason, State
from monitor.mfa.passwords import BusyError
from monitor.services.challenge_views import Browser, View, new_mark
from monitor.services.challenges import Challenges
from monitor.services.factors import FactorError, Shown
from monitor.services.refusal import NotThereError
from monitor.web.answer_words import HEADINGS, NEXT, WORDS
from monitor.web.client import client_of
from monitor.web.enrol_pages import LONGEST
from monitor.web.forms import form_of
from monitor.web.kept_key import KeptKey
from monitor.web.language import Wording
from monitor.web.rendering import language_of, render
from monitor.web.setup import BUSY
from monitor.web.subscriber_paths import CHALLENGE

KEPT_S: Final = 24 * 3_600
"""How long a browser keeps what challenges are bound to."""
Form = Mapping[str, str]


def answer_pages(
    challenges: Challenges,
    tickets: Tickets,
    kept: KeptKey,
    now: Callable[[], int],
    *,
    passkeys: bool,
) -> APIRouter:
    """The pages; `kept` is where a browser has what challenges are bound to, `tickets` are the
    gate's, `now` gives ms since 1970 UTC, `passkeys` says whether there are any."""
    router = APIRouter(include_in_schema=False)
    desk = _Desk(challenges, tickets, kept, now, passkeys=passkeys)

    @router.get(CHALLENGE)
    def ask(request: Request) -> Response:
        return _link_page(request)

    @router.post(CHALLENGE)
    async def enter(request: Request) -> Response:
        form = await form_of(request)
        return await run_in_threadpool(desk.enter, request, form.get("key", "").strip())

    @router.get(BY_GATE)
    def by_gate(request: Request) -> Response:
        return desk.come(request, request.query_params.get(PARAMETER, ""))

    @router.get(f"{CHALLENGE}/{{handle}}")
    def shown(request: Request, handle: str) -> Response:
        return desk.page(request, handle)

    @router.get(f"{CHALLENGE}/{{handle}}/state")
    def state(request: Request, handle: str) -> Response:
        return desk.state(request, handle)

    @router.post(f"{CHALLENGE}/{{handle}}/offer")
    async def offer(request: Request, handle: str) -> Response:
        await kept.form(request)
        return await run_in_threadpool(desk.offer, request, handle)

    @router.post(f"{CHALLENGE}/{{handle}}")
    async def answer(request: Request, handle: str) -> Response:
        form = await kept.form(request, LONGEST)
        return await run_in_threadpool(desk.answer, request, handle, form)

    return router


class _Desk:
    """What the pages have in common: the browser that they are for, and what it is told."""

    def __init__(
        self,
        challenges: Challenges,
        tickets: Tickets,
        kept: KeptKey,
        now: Callable[[], int],
        *,
        passkeys: bool,
    ) -> None:
        self._challenges = challenges
        self._tickets = tickets
        self._kept = kept
        self._now = now
        self._passkeys = passkeys

    def enter(self, request: Request, key: str) -> Response:
        """Open the challenge of a link."""
        browser = self._browser(request)
        try:
            view = self._challenges.open(key, browser)
        except NotThereError:
            return _link_page(request, HTTPStatus.NOT_FOUND)
        return self._on(request, view, browser)

    def come(self, request: Request, ticket: str) -> Response:
        """Make the challenge that the gate sent somebody here for; not for a picture or a script of
        the application's, which the gate turns away as well: that would take the place of the one
        that somebody is answering."""
        if not _is_led(request):
            return _link_page(request, HTTPStatus.FORBIDDEN)
        browser = self._browser(request)
        try:
            told = self._tickets.opened(ticket)
            view = self._challenges.from_gate(told, browser, language_of(request))
        except (TicketError, NotThereError):
            return _link_page(request, HTTPStatus.NOT_FOUND)
        return self._on(request, view, browser)

    def page(self, request: Request, handle: str, told: str = "") -> Response:
        """A challenge as it stands."""
        try:
            view = self._challenges.view(handle, self._browser(request))
        except NotThereError:
            return _link_page(request, HTTPStatus.NOT_FOUND)
        if view.state is not State.OPEN:
            return _over_page(request, view)
        return self._open_page(request, view, told)

    def state(self, request: Request, handle: str) -> Response:
        """How far it is, for a page that waits for another device."""
        try:
            view = self._challenges.view(handle, self._browser(request))
        except NotThereError:
            return JSONResponse({}, HTTPStatus.NOT_FOUND)
        return JSONResponse({"state": view.state.value})

    def offer(self, request: Request, handle: str) -> Response:
        """What the page asks an authenticator with."""
        try:
            made = self._challenges.ask_passkey(handle, self._browser(request))
        except (NotThereError, FactorError):
            return JSONResponse({}, HTTPStatus.NOT_FOUND)
        return JSONResponse({"options": json.loads(made.options), "state": made.state})

    def answer(self, request: Request, handle: str, form: Form) -> Response:
        """Do what a form of the page says."""
        do = form.get("do", "")
        browser = self._browser(request)
        try:
            if do == "number":
                return self._numbered(request, handle, browser, form.get("number", ""))
            if do == "elsewhere":
                return self._elsewhere(request, handle, browser)
            if do == "deny":
                self._challenges.deny(handle, browser)
            elif do == "answer":
                number = form.get("number", "").strip()
                self._challenges.answer(handle, browser, _shown(form), number)
        except NotThereError:
            return _link_page(request, HTTPStatus.NOT_FOUND)
        except BusyError:
            page = self.page(request, handle, said(BUSY, language_of(request)))
            page.status_code = HTTPStatus.SERVICE_UNAVAILABLE
            return page
        return RedirectResponse(f"{CHALLENGE}/{handle}", HTTPStatus.SEE_OTHER)

    def _numbered(self, request: Request, handle: str, browser: Browser, number: str) -> Response:
        """The ways to answer, once the number of the other screen was typed; whether it is right
        is looked at with the answer."""
        view = self._challenges.view(handle, browser)
        if view.state is not State.OPEN or not number.strip().isdigit():
            return RedirectResponse(f"{CHALLENGE}/{handle}", HTTPStatus.SEE_OTHER)
        return self._open_page(request, view, number=number.strip()[:4])

    def _elsewhere(self, request: Request, handle: str, browser: Browser) -> Response:
        made = self._challenges.elsewhere(handle, browser)
        return render(
            request,
            "subscriber/challenge_elsewhere.html",
            address=f"{CHALLENGE}/{handle}",
            link=made.link,
            number=made.number,
            picture=picture.of(made.link),
        )

    def _open_page(
        self, request: Request, view: View, told: str = "", number: str = ""
    ) -> Response:
        path = f"{CHALLENGE}/{view.handle}"
        needs_number = view.is_elsewhere and not number
        name = "challenge_number" if needs_number else "challenge"
        return render(
            request,
            f"subscriber/{name}.html",
            view=view,
            place=_place(request, view),
            reason=said(view.reason, language_of(request)),
            # Whoever is asked like everybody may have nothing yet, and nothing stands against them.
            is_required=view.reason == REASONS[Reason.REQUIRED],
            told=told,
            path=path,
            offer=f"{path}/offer",
            form=self._kept.token(request),
            number=number,
            passkeys=self._passkeys,
            remaining=max(0, view.expires - self._now()),
        )

    def _on(self, request: Request, view: View, browser: Browser) -> Response:
        """To the challenge's own page, which is the same however often it is loaded."""
        answer = RedirectResponse(f"{CHALLENGE}/{view.handle}", HTTPStatus.SEE_OTHER)
        self._kept.give(request, answer, browser.mark, KEPT_S)
        return answer

    def _browser(self, request: Request) -> Browser:
        agent = request.headers.get("user-agent", "")
        return Browser(client_of(request), agent, self._kept.of(request) or new_mark())


def _is_led(request: Request) -> bool:
    """Whether somebody comes to look at a page, as far as their browser says (Fetch Metadata)."""
    mode = request.headers.get("sec-fetch-mode", "navigate")
    return mode == "navigate" and request.headers.get("sec-fetch-dest", "document") == "document"


def _shown(form: Form) -> Shown:
    return Shown(form.get("code", ""), form.get("passkey", ""), form.get("state", ""))


def _place(request: Request, view: View) -> str:
    """The place that a session is about, its country by name."""
    town = view.place.removesuffix(view.country).rstrip(", ")
    country = Wording(language_of(request)).country(view.country)
    return ", ".join(part for part in (town, country) if part)


def _over_page(request: Request, view: View) -> Response:
    """One that is over, and what can be done now."""
    language = language_of(request)

    def say(texts: tuple[Text, ...]) -> list[str]:
        return [said(text, language) for text in texts]

    is_done = view.state is State.PASSED
    words = NEXT if is_done and view.is_elsewhere else WORDS[view.state]
    return render(
        request,
        "subscriber/challenge_over.html",
        title=said(HEADINGS[view.state], language),
        words=say(words),
        is_done=is_done,
        back=view.return_to if is_done else "",
        is_denied=view.state is State.DENIED,
    )


def _link_page(request: Request, code: int = HTTPStatus.OK) -> Response:
    failed = code != HTTPStatus.OK
    told: dict[str, Any] = {"about": "challenge", "path": CHALLENGE, "failed": failed}
    return render(request, "subscriber/open_link.html", code, **told)
