"""Small truths, verdicts and sign-ins for the tests of evaluation."""

from collections import Counter

from detectors.core.event import HOUR, Activity, Outcome, SignIn
from detectors.core.identity import SubjectKind, timed_id
from detectors.core.place import Device, Form, Network, NetworkKind, Place
from monitor.evaluation.trial import Trial
from monitor.evaluation.truth import SHARING, Misdeed, Truth
from monitor.evaluation.verdicts import Verdict, Verdicts

LYON = Place("FR", None, "Lyon", 45.76, 4.84, 50.0)
VIENNE = Place("FR", None, "Vienne", 45.53, 4.87, 50.0)
PARIS = Place("FR", None, "Paris", 48.86, 2.35, 50.0)
TUNIS = Place("TN", None, "Tunis", 36.80, 10.18, 50.0)
BEGIN = 1_767_254_400_000
TENANT = "acme"


def sign_in(
    at: float,
    place: Place | None = LYON,
    *,
    account: str = "alice",
    ip: str = "192.0.2.1",
    session: str | None = None,
    agent: str = "Firefox",
    activity: Activity = Activity.LOGON,
    outcome: Outcome = Outcome.SUCCESS,
) -> SignIn:
    """A sign-in `at` hours after the beginning."""
    time = BEGIN + round(at * HOUR)
    return SignIn(
        id=timed_id(time, account, ip, str(session)),
        time=time,
        tenant=TENANT,
        account=account,
        activity=activity,
        outcome=outcome,
        ip=ip,
        session=session,
        user_agent=agent,
        place=place,
        network=Network(64500, None, NetworkKind.FIXED),
        device=Device(agent, agent, "Linux", Form.DESKTOP),
    )


def misdeed(account: str, /, behaviour: str = SHARING, at: float = 0, **more: object) -> Misdeed:
    """One that begins `at` hours after the beginning."""
    start = BEGIN + round(at * HOUR)
    values: dict[str, object] = {"account": account, "accounts": (account,), **more}
    return Misdeed(f"{behaviour}-{account}", TENANT, behaviour, start, start, **values)  # type: ignore[arg-type]


def truth(*misdeeds: Misdeed, honest: int = 10) -> Truth:
    """The truth of so many honest agents `h0`, `h1`, …, and of those that the misdeeds name."""
    named = {uid for one in misdeeds for uid in (*one.accounts, one.account) if uid}
    accounts = [*(f"h{n}" for n in range(honest)), *named]
    known = dict.fromkeys(((TENANT, uid) for uid in accounts), "agent")
    return Truth(list(misdeeds), Counter({"agent": len(known)}), known)


def called(uid: str, category: str | None, at: float, incident: bytes | None = None) -> Verdict:
    """A reviewer called for an account `at` hours after the beginning."""
    time = BEGIN + round(at * HOUR)
    return Verdict(SubjectKind.ACCOUNT, TENANT, uid, time, time, category, incident)


def attacker(ip: str, category: str, at: float = 1) -> Verdict:
    """A reviewer called for a source."""
    time = BEGIN + round(at * HOUR)
    return Verdict(SubjectKind.SOURCE, TENANT, ip, time, time, category)


def trial(of: Truth, *verdicts: Verdict, system: str = "vigie", days: float = 7) -> Trial:
    """A trial in which one system said this."""
    last = BEGIN + round(days * 24 * HOUR)
    said = Verdicts(system, list(verdicts))
    return Trial("world", of, 100, first=BEGIN, last=last, seconds=1.0, verdicts=[said])
