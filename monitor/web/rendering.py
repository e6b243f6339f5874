"""Templates in the reader's language: everything escaped, nothing inline."""

import json
from functools import cache, partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from alerts.incident import Hypothesis
from alerts.telling import name_of
from detectors.core.finding import Severity
from monitor.enrichment.attribution import FOOTER_HTML, MAXMIND_HTML
from monitor.services.admission import form_token
from monitor.services.spots import is_place, network_kind
from monitor.services.subscriber_sessions import SubscriberVisit
from monitor.web import labels
from monitor.web.filters import list_address, write_cursor
from monitor.web.headers import nonce_of
from monitor.web.identifiers import set_apart
from monitor.web.language import (
    LANGUAGES,
    Wording,
    machine_time,
    preferred,
    sentence,
    translations,
    utc,
)
from monitor.web.lateness import Lateness
from monitor.web.navigation import Room, areas_of, room_of, rooms_of
from monitor.web.passkeys import usable
from monitor.web.shown import shown
from monitor.web.subscriber_paths import is_subscribers

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGE_COOKIE = "vigie_language"
THEME_COOKIE = "vigie_theme"
THEMES = ("auto", "light", "dark")
KEYS_COOKIE = "vigie_keys"
KEYS = ("on", "off")


def _(message: str) -> str:
    return message


_REASONS = {
    400: _("The address cannot be read."),
    401: _("The console opens with a one-time link."),
    403: _("This form did not come from this page. Go back, reload, and try again."),
    404: _("There is nothing at this address."),
    405: _("This is not possible at this address."),
    408: _("That took too long to arrive."),
    413: _("That is too much at once."),
    414: _("The address is too long."),
    415: _("This type of content is not taken here."),
    421: _("Vigie does not answer under this name."),
    422: _("The address cannot be read."),
    429: _("Too many requests. Wait a moment, then try again."),
    500: _("Vigie failed to answer. The operator finds the reason in its log."),
    503: _("The database cannot be read at the moment. Try again shortly."),
    507: _("There is no room on the disk for that. The operator has to make some first."),
}


TOO_LONG = _("The database took too long. Ask for less, or try again in a moment.")
NOT_YOURS = _("Your role does not include this. An administrator can change it.")


def preferred_name(name: str) -> str:
    """What a cookie is called that only this very host may set, over HTTPS."""
    return f"__Host-{name}"


def _preference(request: Request, name: str) -> str | None:
    return request.cookies.get(preferred_name(name)) or request.cookies.get(name)


def language_of(request: Request) -> str:
    """The reader's language."""
    chosen = _preference(request, LANGUAGE_COOKIE)
    return preferred(chosen, request.headers.get("accept-language"))


def theme_of(request: Request) -> str:
    """The reader's colours: `auto` follows the browser's setting."""
    chosen = _preference(request, THEME_COOKIE)
    return chosen if chosen in THEMES else "auto"


def keys_of(request: Request) -> str:
    """Whether the reader's keys do what the buttons of a page do: `on` or `off`."""
    chosen = _preference(request, KEYS_COOKIE)
    return chosen if chosen in KEYS else "on"


def render(request: Request, name: str, code: int = 200, **values: Any) -> HTMLResponse:
    """A page from the template of this name."""
    session = request.scope["state"].get("session")
    visit: SubscriberVisit | None = request.scope["state"].get("subscriber")
    # Nobody has both: a page is either the console's or a subscriber's.
    key = session or (visit.key if visit else None)
    language = language_of(request)
    page = _environment(language).get_template(name)
    rooms = rooms_of(request.scope["state"].get("actor"))
    body = page.render(
        here=_here(request),
        nonce=nonce_of(request),
        theme=theme_of(request),
        keys_on=keys_of(request) == "on",
        signed_in=session is not None,
        visited=request.url.path,
        rooms=rooms,
        areas=areas_of(rooms),
        room=room_of(request.url.path, rooms),
        lateness=_lateness(request) if rooms else None,
        token=form_token(key) if key else "",
        attribution=_attribution(request, language),
        reportable=getattr(_state(request), "reportable", False),
        service=getattr(_state(request), "service", "Vigie"),
        **{
            "passkeys": usable(request, getattr(_state(request), "party", None)),
            "badge": partial(_badge, request),
            "tour": _tour(request),
            **values,
        },
    )
    return HTMLResponse(body, status_code=code, headers={"content-language": language})


def refuse(request: Request, refusal: HTTPException, why: str | None = None) -> Response:
    """What a refusal looks like: RFC 9457 below `/api`, else a page; what is polled is left be.
    `why` is said in place of what its status says."""
    status = refusal.status_code
    title = HTTPStatus(status).phrase
    wording = Wording(language_of(request))
    reason = wording.text(why or _REASONS.get(status, title))
    if request.url.path.startswith("/api/"):
        problem = {"type": "about:blank", "title": title, "status": status, "detail": reason}
        if refusal.detail != title:
            problem["detail"] = f"{reason} ({refusal.detail})"
        return JSONResponse(problem, status, refusal.headers, "application/problem+json")
    if "hx-request" in request.headers:
        return Response(status_code=status, headers=refusal.headers)
    name = "closed.html" if status == HTTPStatus.UNAUTHORIZED else "refused.html"
    if is_subscribers(request.url.path):
        name = "subscriber/refused.html"
    what = refusal.detail if refusal.detail != title else ""
    # Where the database does not answer, the menu is shown all the same.
    page = render(request, name, status, status=status, reason=reason, what=what, badge=_no_badge)
    page.headers.update(refusal.headers or {})
    return page


def _tour(request: Request) -> object:
    """What a page shows of the guided tour; None where there is none."""
    shown = getattr(_state(request), "tour", None)
    return None if shown is None else shown(request)


def _badge(request: Request, room: Room) -> int:
    """What waits for the reader in a room; asked for by pages that show the menu."""
    counted = getattr(_state(request), "badges", {}).get(room.path)
    actor = request.scope["state"].get("actor")
    return 0 if counted is None or actor is None else counted(actor)


def _no_badge(_room: Room) -> int:
    return 0


def _lateness(request: Request) -> int | None:
    lateness: Lateness | None = getattr(_state(request), "lateness", None)
    return None if lateness is None else lateness()


def _attribution(request: Request, language: str) -> str:
    is_maxmind = getattr(_state(request), "maxmind", False)
    told = [FOOTER_HTML, *([MAXMIND_HTML] if is_maxmind else [])]
    return "".join(credit.fr if language == "fr" else credit.en for credit in told)


def _state(request: Request) -> Any:
    return getattr(request.scope.get("app"), "state", None)


def _here(request: Request) -> str:
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        # A process that runs while its files are replaced goes on with those that fit its code.
        auto_reload=False,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    wording = Wording(language)
    # The extension brings these in at run time.
    install = environment.extensions["jinja2.ext.InternationalizationExtension"]
    install._install(translations(language), newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(
        number=wording.number,
        set_apart=set_apart,
        plainly=lambda value: json.dumps(value, ensure_ascii=False),
        share=wording.share,
        confidence=wording.confidence,
        duration=wording.duration,
        factor=wording.factor,
        country=wording.country,
        sentence=sentence,
        utc=utc,
        machine_time=machine_time,
        name=lambda value: name_of(value, language),
        said=lambda value, words: wording.text(words[value]),
    )
    environment.globals.update(
        language=language,
        languages=LANGUAGES,
        themes=THEMES,
        labels=labels,
        severities=list(Severity),
        levels=[severity.name.lower() for severity in Severity],
        hypotheses=list(Hypothesis),
        chart_words={name: wording.text(word) for name, word in labels.CHARTS.items()},
        network_words={kind.value: wording.text(word) for kind, word in labels.NETWORK.items()},
        list_address=list_address,
        write_cursor=write_cursor,
        network_kind=network_kind,
        is_place=is_place,
    )
    return environment
