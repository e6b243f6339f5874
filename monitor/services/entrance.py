"""All that signing in takes, put together once for a database."""

from collections.abc import Callable

from msgspec import Struct
from sqlalchemy import Engine

from alerts.responders.roster import Roster
from monitor.clock import now_ms
from monitor.mfa.breaches import Breaches
from monitor.mfa.party import RelyingParty
from monitor.mfa.passwords import Passwords
from monitor.oidc.terms import Terms as ProviderTerms
from monitor.sealing_keys import SealingKeys
from monitor.services.admission import Admission
from monitor.services.credentials import Credentials
from monitor.services.factor_changes import FactorChanges
from monitor.services.factors import Factors
from monitor.services.federation import Federation
from monitor.services.interruptions import Interruptions
from monitor.services.keyring import Keyring
from monitor.services.own_sign_ins import TENANT, OwnSignIns
from monitor.services.passkey_setup import PasskeySetup
from monitor.services.profiles import Profiles
from monitor.services.reviewer_passkeys import ReviewerPasskeys
from monitor.services.reviewers import Reviewers
from monitor.services.sessions import Limits, Sessions
from monitor.services.setup import MINIMUM, PasswordRule, Setup
from monitor.services.sign_in import SignIn
from monitor.services.throttling import Throttle


class Terms(Struct, frozen=True):
    """What the settings say of it: how long sessions last, the least length of a password, the
    address of a service of stolen ones (None asks nobody), and the tenant of Vigie's own sign-ins.
    An answer that lets nobody in takes `pause` seconds at least, whatever it was. `provider` is
    who else vouches for reviewers, and whether they may sign in by password besides;
    `relying_party` for whom passkeys are, None for none."""

    limits: Limits = Limits()
    minimum: int = MINIMUM
    breaches: str | None = None
    tenant: str = TENANT
    pause: float = 1.0
    provider: ProviderTerms = ProviderTerms()
    relying_party: RelyingParty | None = None

    @property
    def name(self) -> str:
        """What people are shown as the name of what they sign in to."""
        return "Vigie" if self.relying_party is None else self.relying_party.name

    @property
    def has_passwords(self) -> bool:
        """Whether a password lets anybody in."""
        return self.provider.allow_password_sign_in


class Entrance:
    """Of one database. `durable` is an engine whose commits survive a power cut; `passwords` hashes
    them, as RFC 9106 recommends where nothing else is given. `keys` are what secrets at rest are
    sealed with, `roster` is which responders there are."""

    def __init__(
        self,
        engine: Engine,
        *,
        pepper: bytes = b"",
        now: Callable[[], int] = now_ms,
        terms: Terms | None = None,
        durable: Engine | None = None,
        passwords: Passwords | None = None,
        keys: SealingKeys | None = None,
        roster: Roster | None = None,
    ) -> None:
        self.terms = terms or Terms()
        self.keyring = Keyring(pepper, keys)
        rule = PasswordRule(self.terms.minimum, Breaches(self.terms.breaches))
        credentials = Credentials(self.keyring, passwords)
        self.factors = Factors(
            engine, self.keyring, self.terms.relying_party, now, roster, credentials.codes
        )
        self.throttle = Throttle(engine, self.keyring, now)
        self.sessions = Sessions(engine, self.keyring, now, self.terms.limits)
        self.admission = Admission(engine, now, pepper, self.sessions)
        self.told = OwnSignIns(durable or engine, self.keyring, now, self.terms.tenant)
        self.sign_in = SignIn(
            engine,
            credentials,
            self.sessions,
            self.throttle,
            self.told,
            self.factors,
            now,
            has_passwords=self.terms.has_passwords,
        )
        self.federation = Federation(
            engine, self.terms.provider, self.keyring, self.sessions, self.told, now
        )
        self.setup = Setup(engine, credentials, self.sessions, self.throttle, self.told, rule, now)
        self.passkey_setup = PasskeySetup(
            self.setup, self.factors, credentials.codes, self.sessions, self.told, now
        )
        changes = FactorChanges(roster or Roster())
        self.reviewers = Reviewers(engine, self.keyring, self.sessions, now, changes)
        self.profiles = Profiles(engine, credentials, self.sessions, rule, now, changes)
        self.passkeys = ReviewerPasskeys(engine, self.factors, self.sessions, now)
        self.interruptions = Interruptions(self.keyring, now)
