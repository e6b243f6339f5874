"""What is masked of an account's page: whatever names somebody, and nothing that explains."""

from detectors.core.context import AccountKind
from monitor.directory.account import Mfa, State
from monitor.hygiene.facts import Fact
from monitor.mfa.challenge import Origin, Reason
from monitor.mfa.challenge import State as ChallengeState
from monitor.protection.masking import HIDDEN
from monitor.services.account_notes import NoteView
from monitor.services.account_views import AccountPage, Head, Proofs, veil_page
from monitor.services.challenge_views import Asked
from monitor.services.hygiene import FactView
from monitor.services.proof import FactorView, Method

HEAD = Head(
    handle="0" * 16,
    tenant="atlas",
    account="u-20417",
    name="Camille Durand",
    directory=None,
    state=State.ACTIVE,
    kind=AccountKind.PERSON,
    privileged=False,
    email="camille@example.org",
    roles=("agent",),
    aliases=("camille.d",),
    zone="Europe/Paris",
    shared_until=None,
    first_seen=1,
    last_seen=2,
    uses=3,
    days=1,
    is_restricted=False,
    is_erasing=False,
    is_whole=True,
    may_look=True,
)
CHALLENGE = Asked(
    handle="h",
    state=ChallengeState.OPEN,
    reason=Reason.REVIEW,
    origin=Origin.REVIEWER,
    tenant="atlas",
    account="u-20417",
    session="s-secret",
    created=1,
    expires=2,
    settled=None,
    wrong=0,
    method=None,
    level=None,
    measure=None,
    incident=None,
    by="reviewer:1",
    account_name="Camille Durand",
)
PAGE = AccountPage(
    head=HEAD,
    risks=None,
    marks=[],
    tickets=None,
    measures=None,
    challenges=[CHALLENGE],
    recoveries=None,
    proofs=Proofs(
        said=Mfa.STRONG,
        methods=("passkey",),
        factors=[
            FactorView(
                handle="f", kind=Method.PASSKEY, name="Camille's laptop", created=1, last_used=None
            )
        ],
        has_factor=True,
        due=None,
        is_suspect=False,
    ),
    hygiene=[
        FactView(
            fact=Fact.GENERIC_NAME,
            title="Impersonal name",
            sentence="It is called camille.d.",
            since=1,
            detail={"name": "camille.d"},
        )
    ],
    notes=[NoteView(id=1, time=1, by="Ada", text="Camille Durand called", is_own=True)],
)


def test_nothing_that_names_somebody_is_left() -> None:
    told = str(veil_page(PAGE))
    for name in ("u-20417", "Camille", "camille", "s-secret", "laptop"):
        assert name not in told
    assert veil_page(PAGE).head.title == f"C{HIDDEN}"


def test_what_explains_stays() -> None:
    page = veil_page(PAGE)
    assert (page.head.tenant, page.head.roles, page.head.uses) == ("atlas", ("agent",), 3)
    assert page.proofs is not None
    assert (page.proofs.said, page.proofs.factors[0].kind) == (Mfa.STRONG, Method.PASSKEY)
    assert page.notes is not None
    assert page.notes[0].text == f"C{HIDDEN} called"
    assert page.risks is page.tickets is page.measures is page.recoveries is None
