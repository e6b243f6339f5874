"""Terms of a responder that writes to people: in which language, when, how often."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta

from alerts.digest import TEMPLATE, Rhythm
from alerts.messages.rendering import Rendered, rendered
from alerts.ports import Action, Order
from alerts.responders.terms import Common
from detectors.core.finding import Severity

Word = Literal["informational", "low", "medium", "high", "critical"]
Short = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*\Z")]


class Writing(Common, frozen=True, kw_only=True):
    """Terms of whoever writes to people.

    The team reads `language`, users their own; times are said in `zone` (IANA). `service` is what
    users call what is watched, `contact` whom they write to with questions. Of messages to the team
    that can wait, those below the severity `at_once` come together every `digest_minutes`, where
    that is set; more than `per_hour` in any case. One person gets `per_day` that can wait.
    """

    language: Literal["en", "fr"] = "en"
    zone: str = "UTC"
    service: Short = ""
    contact: Short = ""
    digest_minutes: Annotated[int, Meta(ge=1, le=10_080)] | None = None
    at_once: Word = "high"
    per_hour: Annotated[int, Meta(ge=1, le=10_000)] = 30
    per_day: Annotated[int, Meta(ge=1, le=1_000)] = 5

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"zone: {self.zone[:60]!r} is no time zone") from None

    @property
    def rhythm(self) -> Rhythm:
        """How often people are written to."""
        return Rhythm(
            per_hour=self.per_hour,
            per_day=self.per_day,
            digest_minutes=self.digest_minutes,
            at_once=Severity[self.at_once.upper()],
        )

    def said(self, order: Order, address: str = "") -> Rendered:
        """An order's message in the language of whoever reads it, with links where pages have an
        `address`."""
        to_user = order.action is Action.NOTIFY and order.target is not None
        language = order.target.language if to_user and order.target else self.language
        given = {"service": self.service, "contact": self.contact}
        if address:
            given |= _links(order, address.rstrip("/"), to_user=to_user)
        return rendered(order, language, self.zone, {k: v for k, v in given.items() if v})


def _links(order: Order, address: str, *, to_user: bool) -> dict[str, str]:
    """Where users say that it was not them, and where the team looks."""
    if to_user:
        return {"report": f"{address}/report"}
    if order.template == TEMPLATE:
        return {"link": f"{address}/tickets"}
    return {} if order.ticket is None else {"link": f"{address}/tickets/{order.ticket}"}
