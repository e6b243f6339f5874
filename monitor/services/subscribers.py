"""All that subscribers prove themselves with, put together once: factors, challenges, and how they
come by a factor and by another one."""

from collections.abc import Callable

from sqlalchemy import Engine

from alerts.responders.roster import Roster
from monitor.clock import now_ms
from monitor.mfa.challenge_terms import ChallengeTerms
from monitor.mfa.enrolment_terms import EnrolmentTerms
from monitor.services.challenges import Challenges
from monitor.services.enrolments import Enrolments
from monitor.services.factors import Factors
from monitor.services.keyring import Keyring
from monitor.services.recoveries import Recoveries


class Subscribers:
    """Of one database; `asking` are the terms of challenges, `enrolling` those of coming by a
    factor, `roster` is which responders there are, `now` gives ms since 1970 UTC."""

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        factors: Factors,
        asking: ChallengeTerms,
        enrolling: EnrolmentTerms | None = None,
        roster: Roster | None = None,
        now: Callable[[], int] = now_ms,
    ) -> None:
        self.keyring = keyring
        self.factors = factors
        self.now = now
        self.challenges = Challenges(engine, keyring, factors, now, asking)
        self.enrolments = Enrolments(engine, keyring, factors, enrolling, roster, now)
        self.recoveries = Recoveries(engine, keyring, enrolling, roster, now)
