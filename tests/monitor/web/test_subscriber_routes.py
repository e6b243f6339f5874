"""The pages of subscribers are all there, and what is more special is looked for first."""

from sqlalchemy import create_engine

from monitor.mfa.challenge_terms import ChallengeTerms
from monitor.services.factors import Factors
from monitor.services.keyring import Keyring
from monitor.services.subscribers import Subscribers
from monitor.web.subscriber_paths import is_subscribers
from monitor.web.subscriber_routes import subscriber_routes


def test_they_are_subscribers_addresses_and_the_special_ones_come_first() -> None:
    engine, keyring = create_engine("sqlite://"), Keyring(b"pepper")
    own = Subscribers(engine, keyring, Factors(engine, keyring, None), ChallengeTerms())
    routes = [route for router in subscriber_routes(own, secure=True) for route in router.routes]
    paths = [getattr(route, "path", "") for route in routes]
    assert all(is_subscribers(path) for path in paths)
    assert {"/challenge", "/enrol", "/enrol/stop", "/challenge/gate"} <= set(paths)
    assert paths.index("/challenge/preferences") < paths.index("/challenge/{handle}")
    assert paths.index("/challenge/gate") < paths.index("/challenge/{handle}")
