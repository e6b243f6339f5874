"""Challenges for programs and for the console's session: asked for, looked at, withdrawn."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request
from msgspec import Meta, Struct
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from alerts.wording import said
from monitor.mfa.challenge import Origin, Reason, State
from monitor.services.challenge_views import LONGEST, Asked, ChallengeError, Wanted
from monitor.services.challenges import Challenges
from monitor.services.review import plain
from monitor.services.subscriber import Subscriber
from monitor.store.challenges import Filter
from monitor.web.acting import actor_of
from monitor.web.description import CHANGED
from monitor.web.editing import body, body_of
from monitor.web.filters import (
    IDENTIFIER,
    TENANT_SCHEMA,
    BadQueryError,
    choice,
    read_identifier,
    read_tenant,
)
from monitor.web.paging import PARAMETERS, page, window_of
from monitor.web.problem import Kind, Problem
from monitor.web.rendering import language_of

Name = Annotated[str, Meta(max_length=LONGEST, pattern=r"^[^\u0000]*$")]
FILTERS: Final[list[dict[str, Any]]] = [
    {
        "name": name,
        "in": "query",
        "required": False,
        "description": text,
        "schema": schema,
    }
    for name, text, schema in (
        ("tenant", "Only of this tenant, by its uid.", TENANT_SCHEMA),
        ("account", "Only of this account, as the log has it.", TENANT_SCHEMA),
        ("state", "Only in this state.", choice(state.value for state in State)),
    )
]


class Question(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A challenge to be put to the user of an account, for a session of the application.

    Without a session, passing it is told and raises no trust. `return_to` is an address of an
    application that the settings name. With `hold`, the session is held at the gate until it has
    proved itself. `ip` and `user_agent` are the session's: the browser that opens the link has to
    be like it in one of them.
    """

    tenant: Name
    account: Annotated[str, Meta(min_length=1, max_length=LONGEST, pattern=r"^[^\u0000]*$")]
    session: Name = ""
    reason: Literal["unusual", "review", "sensitive", "required"] = "unusual"
    incident: Annotated[str, Meta(pattern=f"^{IDENTIFIER.pattern}$")] | None = None
    return_to: Annotated[str, Meta(max_length=2_048)] = ""
    language: Literal["en", "fr"] = "fr"
    hold: bool = False
    ip: Annotated[str, Meta(max_length=64)] = ""
    user_agent: Annotated[str, Meta(max_length=2_048)] = ""

    def wanted(self, origin: Origin) -> Wanted:
        """As the service is asked."""
        return Wanted(
            subscriber=Subscriber(self.tenant, self.account),
            session=self.session,
            reason=Reason(self.reason),
            origin=origin,
            incident=None if self.incident is None else read_identifier(self.incident),
            return_to=self.return_to,
            language=self.language,
            demands=self.hold,
            ip=self.ip,
            user_agent=self.user_agent,
        )


def challenge_api(desk: Challenges) -> APIRouter:
    """Everything that is done about challenges but to answer them."""
    router = APIRouter(prefix="/api/v1", tags=["challenges"], responses=CHANGED)

    @router.get("/challenges", openapi_extra={"parameters": [*FILTERS, *PARAMETERS]})
    def every(request: Request) -> JSONResponse:
        """Challenges, the newest first."""
        query = request.query_params
        window = window_of(query, (int,))
        after = None if window.after is None else int(window.after[0])
        found, place = desk.page(actor_of(request), filter_of(query), after, window.limit)
        return page([view_of(one) for one in found], None if place is None else (place,))

    @router.post("/challenges", status_code=201, openapi_extra=body(Question))
    async def ask(request: Request) -> JSONResponse:
        """Put a challenge to somebody. `link` is told this once: bring the user there by the
        browser that the session is of. Whether there is such an account is told to nobody."""
        actor, told = actor_of(request), await body_of(request, Question)
        try:
            made = await run_in_threadpool(desk.create, actor, told.wanted(Origin.API))
        except ChallengeError as error:
            why = said(error.text, language_of(request))
            raise Problem(Kind.CONFLICT, f"{why[:1].upper()}{why[1:]}.") from error
        told_back = {"handle": made.handle, "link": made.link, "expires": made.expires}
        return JSONResponse(told_back, 201)

    @router.get("/challenges/{handle}")
    def one(request: Request, handle: str) -> JSONResponse:
        """How far one is: `open`, `passed`, `locked`, `denied`, `expired` or `withdrawn`."""
        return JSONResponse(view_of(desk.one(actor_of(request), handle)))

    @router.post("/challenges/{handle}/withdraw")
    def withdraw(request: Request, handle: str) -> JSONResponse:
        """Ask it no more; what is over stays as it was."""
        return JSONResponse(view_of(desk.withdraw(actor_of(request), handle)))

    return router


def filter_of(query: Mapping[str, str]) -> Filter:
    """Which challenges a query asks for. Raises BadQueryError."""
    account = read_tenant({"tenant": query.get("account", "")})
    state = query.get("state", "")
    if state not in ("", *State):
        raise BadQueryError("state")
    return Filter(tenant=read_tenant(query), account=account, state=State(state) if state else None)


def view_of(one: Asked) -> Any:
    """A challenge as programs read it."""
    return plain(one)
