"""`/enrol`: where a subscriber who has a link, or may do it on the spot, sets up a first factor."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from alerts.wording import said
from monitor.mfa.passkeys import MOST as LONGEST_PASSKEY
from monitor.services.enrolling import Enrolled, Enrolling, EnrolmentError
from monitor.services.enrolments import Enrolments
from monitor.services.factors import FactorError
from monitor.services.sessions import Client
from monitor.web.acting import client_at
from monitor.web.forms import form_of
from monitor.web.kept_key import KeptKey
from monitor.web.rendering import language_of, render
from monitor.web.subscriber_paths import ENROL

FACTOR: Final = f"{ENROL}/factor"
AUTHENTICATOR: Final = f"{ENROL}/authenticator"
OFFER: Final = f"{ENROL}/offer"
LONGEST: Final = 3 * LONGEST_PASSKEY
"""Bytes of a form that brings a credential, percent-encoded."""
KEPT_S: Final = 3_600
"""How long a browser keeps a ticket; it ends before by itself."""
_UNFIT: Final = HTTPStatus.UNPROCESSABLE_ENTITY
Form = Mapping[str, str]
_NONE: Final[Form] = {}


def enrol_pages(enrolments: Enrolments, kept: KeptKey, *, passkeys: bool) -> APIRouter:
    """The pages; `kept` is where a browser has the ticket that its link was exchanged for,
    `passkeys` says whether there are any."""
    router = APIRouter(include_in_schema=False)
    desk = _Desk(enrolments, kept, passkeys=passkeys)

    @router.get(ENROL)
    def ask(request: Request) -> Response:
        return _link_page(request)

    @router.post(ENROL)
    async def enter(request: Request) -> Response:
        form = await form_of(request)
        return await run_in_threadpool(desk.enter, request, form.get("key", "").strip())

    @router.get(FACTOR)
    def choose(request: Request) -> Response:
        return desk.shown(request, desk.choice)

    @router.get(AUTHENTICATOR)
    def authenticator(request: Request) -> Response:
        return desk.shown(request, desk.authenticator)

    @router.post(OFFER)
    async def offer(request: Request) -> Response:
        await kept.form(request)
        return await run_in_threadpool(desk.offer, request)

    @router.post(FACTOR)
    async def passkey(request: Request) -> Response:
        form = await kept.form(request, LONGEST)
        return await run_in_threadpool(desk.add, request, form, desk.add_passkey, desk.choice)

    @router.post(AUTHENTICATOR)
    async def code(request: Request) -> Response:
        form = await kept.form(request)
        return await run_in_threadpool(desk.add, request, form, desk.add_totp, desk.authenticator)

    return router


class _Desk:
    """What the pages have in common: a ticket that is looked at first, and what is wrong, said."""

    def __init__(self, enrolments: Enrolments, kept: KeptKey, *, passkeys: bool) -> None:
        self._enrolments = enrolments
        self._kept = kept
        self._passkeys = passkeys

    def enter(self, request: Request, key: str) -> Response:
        """Exchange a link's key for a ticket."""
        ticket = self._enrolments.open(key, client_at(request))
        if ticket is None:
            return _link_page(request, HTTPStatus.FORBIDDEN)
        answer = RedirectResponse(FACTOR, HTTPStatus.SEE_OTHER)
        self._kept.give(request, answer, ticket, KEPT_S)
        return answer

    def shown(self, request: Request, page: Callable[..., Response]) -> Response:
        """A page for whoever has a ticket that allows it."""
        view = self._enrolments.view(self._kept.of(request))
        if view is None:
            return _link_page(request, HTTPStatus.FORBIDDEN)
        if not view.permission.allowed:
            return _told(request, said(view.permission.why, language_of(request)))
        try:
            return page(request, view)
        except (EnrolmentError, FactorError) as error:
            return _told(request, said(error.text, language_of(request)))

    def offer(self, request: Request) -> Response:
        """What the page asks an authenticator with, as JSON."""
        try:
            made = self._enrolments.offer_passkey(self._kept.of(request))
        except (EnrolmentError, FactorError) as error:
            told = {"detail": said(error.text, language_of(request))}
            return JSONResponse(told, HTTPStatus.CONFLICT)
        return JSONResponse({"options": json.loads(made.options), "state": made.state})

    def add(
        self,
        request: Request,
        form: Form,
        adding: Callable[[str, Form, Client], Enrolled],
        page: Callable[..., Response],
    ) -> Response:
        """Set up what was sent, and show what came of it; or the page again, and what was wrong."""
        try:
            done = adding(self._kept.of(request), form, client_at(request))
        except EnrolmentError as error:
            return _told(request, said(error.text, language_of(request)))
        except FactorError as error:
            wrong = said(error.text, language_of(request))
            return self.shown(request, lambda asked, view: page(asked, view, wrong, form))
        answer = render(request, "subscriber/enrolled.html", codes=done.codes, done=done)
        self._kept.take(request, answer)
        return answer

    def add_passkey(self, ticket: str, form: Form, client: Client) -> Enrolled:
        """Add what an authenticator answered with."""
        state, sent = form.get("state", ""), form.get("passkey", "")
        return self._enrolments.add_passkey(ticket, state, sent, form.get("name", ""), client)

    def add_totp(self, ticket: str, form: Form, client: Client) -> Enrolled:
        """Add the authenticator whose first code it is."""
        state, code = form.get("state", ""), form.get("code", "")
        return self._enrolments.add_totp(ticket, state, code, form.get("name", ""), client)

    def choice(
        self, request: Request, view: Enrolling, wrong: str = "", _form: Form = _NONE
    ) -> Response:
        """Which factor it is to be."""
        return self._page(request, "subscriber/enrol.html", view, wrong)

    def authenticator(
        self, request: Request, view: Enrolling, wrong: str = "", form: Form = _NONE
    ) -> Response:
        """An authenticator's secret; the same again where a code was mistyped."""
        made = self._enrolments.offer_totp(self._kept.of(request), form.get("state", ""))
        return self._page(request, "subscriber/enrol_authenticator.html", view, wrong, offer=made)

    def _page(
        self, request: Request, name: str, view: Enrolling, wrong: str, **told: Any
    ) -> Response:
        code = _UNFIT if wrong else HTTPStatus.OK
        told = {"offer": OFFER, "passkeys": self._passkeys, **told}
        return render(
            request, name, code, view=view, wrong=wrong, form=self._kept.token(request), **told
        )


def _link_page(request: Request, code: int = HTTPStatus.OK) -> Response:
    return render(
        request,
        "subscriber/open_link.html",
        code,
        about="enrol",
        path=ENROL,
        failed=code != HTTPStatus.OK,
    )


def _told(request: Request, why: str) -> Response:
    return render(request, "subscriber/told.html", HTTPStatus.CONFLICT, why=why)
