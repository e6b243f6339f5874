"""What subscribers prove themselves with is put together of one database, one clock and one key."""

from sqlalchemy import Engine

from monitor.mfa.challenge_terms import ChallengeTerms
from monitor.services.actor import operator
from monitor.services.challenge_views import Wanted
from monitor.services.factors import Factors
from monitor.services.keyring import Keyring
from monitor.services.sessions import Client
from monitor.services.subscriber import Subscriber
from monitor.services.subscribers import Subscribers
from tests.monitor.services.reviewing import Clock

SITE = "https://vigie.example"


def test_links_lead_to_the_pages_and_end_by_the_clock(database: Engine) -> None:
    keyring, clock = Keyring(b"pepper"), Clock()
    factors = Factors(database, keyring, None, clock)
    terms = ChallengeTerms(address=SITE, lifetime=60_000)
    own = Subscribers(database, keyring, factors, terms, now=clock)
    made = own.challenges.create(operator(), Wanted(subscriber=Subscriber("acme", "u-1")))
    assert made.link.startswith(f"{SITE}/challenge#")
    assert made.expires == clock.now + 60_000
    assert own.enrolments.open("x" * 43, Client()) is None
    assert own.recoveries.stoppable("x" * 43) is None
