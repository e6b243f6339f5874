"""`/me/factors`: what a subscriber proves themselves with; added, renamed and taken away by whoever
has just shown one of them."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from alerts.wording import said
from detectors.core.detector import Text
from monitor.services.enrolling import EnrolmentError
from monitor.services.factor_words import TOO_OFTEN
from monitor.services.factors import FactorError, FactorView, Method
from monitor.services.own import Own
from monitor.services.subscriber_sessions import SubscriberVisit
from monitor.web.acting import client_at
from monitor.web.own_door import LONGEST, PROVE, offered
from monitor.web.passkeys import usable
from monitor.web.rendering import language_of, render
from monitor.web.subscriber_paths import OWN
from monitor.web.subscribers import subscriber_form, subscriber_of, visit_of_subscriber

FACTORS: Final = f"{OWN}/factors"
AUTHENTICATOR: Final = f"{FACTORS}/authenticator"
_PROVE: Final = f"{PROVE}?next={FACTORS}"
_UNFIT: Final = HTTPStatus.UNPROCESSABLE_ENTITY
_LAST: Final = Text(
    "This is the last one that you can prove yourself with: add another one first.",
    "C'est le dernier moyen de prouver que c'est vous : ajoutez-en d'abord un autre.",
)
_STRONG: Final = frozenset((Method.PASSKEY, Method.TOTP))


Begin = Callable[[Request, str], Response]
"""Where whoever sets up a first factor goes on, with the ticket of their enrolment."""


def own_factor_pages(own: Own, begin: Begin) -> APIRouter:
    """The pages."""
    router = APIRouter(include_in_schema=False)
    desk = _Desk(own, begin)

    @router.get(FACTORS)
    def listed(request: Request) -> Response:
        return desk.shown(request, desk.page)

    @router.get(AUTHENTICATOR)
    def authenticator(request: Request) -> Response:
        return desk.shown(request, desk.authenticator, is_change=True)

    @router.post(f"{FACTORS}/offer")
    async def offer(request: Request) -> Response:
        await subscriber_form(request)
        return await run_in_threadpool(desk.offer, request)

    @router.post(f"{FACTORS}/begin")
    async def first(request: Request) -> Response:
        await subscriber_form(request)
        return await run_in_threadpool(desk.first, request)

    for path, change, page in (
        (f"{FACTORS}/passkey", desk.add_passkey, desk.page),
        (AUTHENTICATOR, desk.add_totp, desk.authenticator),
        (f"{FACTORS}/codes", desk.new_codes, desk.page),
        (f"{FACTORS}/rename", desk.rename, desk.page),
        (f"{FACTORS}/revoke", desk.revoke, desk.page),
    ):
        _add_change(router, desk, path, change, page)
    return router


Change = Callable[[Request, SubscriberVisit, dict[str, str]], Response | None]
Page = Callable[..., Response]


def _add_change(router: APIRouter, desk: "_Desk", path: str, change: Change, page: Page) -> None:
    @router.post(path)
    async def changed(request: Request) -> Response:
        form = await subscriber_form(request, LONGEST)
        return await run_in_threadpool(desk.changed, request, form, change, page)


class _Desk:
    """What the pages have in common: whoever changes something has just shown a factor."""

    def __init__(self, own: Own, begin: Begin) -> None:
        self._own = own
        self._begin = begin

    def shown(self, request: Request, page: Page, *, is_change: bool = False) -> Response:
        """A page for whoever is known; one that changes something, for whoever proved it."""
        visit = visit_of_subscriber(request)
        if visit is None:
            return RedirectResponse(OWN, HTTPStatus.SEE_OTHER)
        if is_change and not visit.is_fresh(self._own.now()):
            return RedirectResponse(_PROVE, HTTPStatus.SEE_OTHER)
        return page(request, visit)

    def offer(self, request: Request) -> Response:
        """What a page asks an authenticator for a new passkey with."""
        visit = subscriber_of(request)
        if not visit.is_fresh(self._own.now()):
            return Response(status_code=HTTPStatus.FORBIDDEN)
        whose = visit.subscriber
        return offered(
            request,
            lambda: self._own.factors.offer_passkey(whose.owner, whose.account, whose.account),
        )

    def first(self, request: Request) -> Response:
        """On to where a first factor is set up, for whoever may."""
        visit, enrolments = subscriber_of(request), self._own.enrolments
        try:
            ticket = enrolments.begin(visit.subscriber, visit.app_session, client_at(request))
        except EnrolmentError as error:
            wrong = said(error.text, language_of(request))
            return self.page(request, visit, _UNFIT, wrong=wrong)
        return self._begin(request, ticket)

    def changed(
        self, request: Request, form: dict[str, str], change: Change, page: Page
    ) -> Response:
        """Do what was sent, and show what came of it; or the page again, with what was wrong."""
        visit = subscriber_of(request)
        if not visit.is_fresh(self._own.now()):
            return RedirectResponse(_PROVE, HTTPStatus.SEE_OTHER)
        if not self._own.proofs.may_change(visit):
            return page(request, visit, _UNFIT, wrong=said(TOO_OFTEN, language_of(request)))
        try:
            answer = change(request, visit, form)
        except FactorError as error:
            wrong = said(error.text, language_of(request))
            return page(request, visit, _UNFIT, wrong=wrong)
        return answer or RedirectResponse(FACTORS, HTTPStatus.SEE_OTHER)

    def add_passkey(
        self, request: Request, visit: SubscriberVisit, form: dict[str, str]
    ) -> Response | None:
        """Keep what an authenticator answered with."""
        self._own.factors.add_passkey(
            visit.subscriber.owner,
            form.get("state", ""),
            form.get("passkey", ""),
            form.get("name", ""),
            client=client_at(request),
        )
        return None

    def add_totp(
        self, request: Request, visit: SubscriberVisit, form: dict[str, str]
    ) -> Response | None:
        """Keep the secret whose first code it is."""
        self._own.factors.add_totp(
            visit.subscriber.owner,
            form.get("state", ""),
            form.get("code", ""),
            form.get("name", ""),
            client=client_at(request),
        )
        return None

    def new_codes(
        self, request: Request, visit: SubscriberVisit, _form: dict[str, str]
    ) -> Response | None:
        """New recovery codes, shown this once."""
        codes = self._own.factors.new_codes(visit.subscriber.owner, client=client_at(request))
        return render(request, "subscriber/own_codes.html", visit=visit, codes=codes)

    def rename(
        self, _request: Request, visit: SubscriberVisit, form: dict[str, str]
    ) -> Response | None:
        """Call one otherwise."""
        owner, handle = visit.subscriber.owner, form.get("factor", "")
        self._own.factors.rename(owner, handle, form.get("name", ""))
        return None

    def revoke(
        self, _request: Request, visit: SubscriberVisit, form: dict[str, str]
    ) -> Response | None:
        """Take one away: not the last that proves anything by itself. Whoever is in elsewhere may
        be in by it."""
        owner, handle = visit.subscriber.owner, form.get("factor", "")
        if is_last(self._own.factors.listed(owner), handle):
            raise FactorError(_LAST)
        self._own.factors.revoke(owner, handle)
        self._own.end_others(visit)
        return None

    def page(
        self, request: Request, visit: SubscriberVisit, code: int = HTTPStatus.OK, **told: Any
    ) -> Response:
        """All that they have."""
        language = language_of(request)
        may = self._own.enrolments.may_enrol(visit.subscriber, visit.app_session)
        return render(
            request,
            "subscriber/own_factors.html",
            code,
            visit=visit,
            factors=self._own.factors.listed(visit.subscriber.owner),
            is_fresh=visit.is_fresh(self._own.now()),
            has_passkeys=usable(request, self._own.factors.relying_party),
            prove=_PROVE,
            may_begin=may.allowed,
            why_not=said(may.why, language),
            **({"wrong": ""} | told),
        )

    def authenticator(
        self, request: Request, visit: SubscriberVisit, code: int = HTTPStatus.OK, **told: Any
    ) -> Response:
        """A new secret for an app; another one each time."""
        whose = visit.subscriber
        offer = self._own.factors.offer_totp(whose.owner, whose.account)
        told = {"wrong": ""} | told
        return render(
            request, "subscriber/own_authenticator.html", code, visit=visit, offer=offer, **told
        )


def is_last(factors: list[FactorView], handle: str) -> bool:
    """Whether a factor is the only passkey or authenticator."""
    strong = [one.handle for one in factors if one.kind in _STRONG]
    return strong == [handle]
