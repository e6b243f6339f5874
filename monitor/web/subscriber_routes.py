"""The pages by which subscribers prove themselves, and come by what they prove themselves with."""

from fastapi import APIRouter

from monitor.gate.ticket import Tickets
from monitor.services.subscribers import Subscribers
from monitor.web.answer_pages import answer_pages
from monitor.web.enrol_pages import enrol_pages
from monitor.web.kept_key import KeptKey
from monitor.web.lost_pages import lost_pages
from monitor.web.stop_pages import stop_pages
from monitor.web.subscriber_language import subscriber_language


def enrolling(*, secure: bool) -> KeptKey:
    """Where a browser keeps the ticket by which a first factor is set up."""
    return KeptKey("enrol", secure=secure)


def subscriber_routes(subscribers: Subscribers, *, secure: bool) -> list[APIRouter]:
    """Their routes, in the order in which they are looked through. `secure`: browsers come by
    HTTPS."""
    # The gate leads browsers here from the application's own site.
    asked = KeptKey("challenge", secure=secure, same_site="lax")
    has_passkeys = subscribers.factors.relying_party is not None
    tickets = Tickets(subscribers.keyring.tickets, subscribers.now)
    return [
        subscriber_language(secure=secure),
        answer_pages(
            subscribers.challenges, tickets, asked, subscribers.now, passkeys=has_passkeys
        ),
        stop_pages(subscribers.recoveries),
        lost_pages(subscribers.recoveries),
        enrol_pages(subscribers.enrolments, enrolling(secure=secure), passkeys=has_passkeys),
    ]
