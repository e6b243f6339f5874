"""A case: an incident with what makes it understood at a look. The conclusion in a sentence, what
moved it each way, the likeliest harmless explanation, the story, and its findings gathered."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from alerts.headline import headline_of
from alerts.incident import Assessment, Hypothesis
from alerts.story import Story, story_of
from alerts.weighing import Weighing, likeliest_harmless, weigh
from detectors.core.event import SignIn
from detectors.core.finding import Theme
from detectors.core.identity import SubjectKind
from monitor.services.picture import Picture
from monitor.services.views import FindingView, IncidentView, SignInRow

_SEVERITY_WEIGHS: Final = 1e-3
"""Of findings that moved nothing the severer ones tell more."""


class ReasonView(Struct, frozen=True, kw_only=True):
    """What one detector's findings moved together, in nats (above 0: for the conclusion): the one
    of them that moved most by its number, and how many moved anything."""

    detector: str
    title: str
    number: int
    nats: float
    findings: int
    learned: bool


class Group(Struct, frozen=True, kw_only=True):
    """The findings of one detector, the one that says most first."""

    detector: str
    title: str
    findings: tuple[FindingView, ...]
    withdrawn: int

    @property
    def first(self) -> FindingView:
        """The one that says most."""
        return self.findings[0]


class Case(Struct, frozen=True, kw_only=True):
    """One incident, explained. `harmless` is the likelier harmless explanation and `innocent` how
    the findings that weigh most could be innocent; `prior` is what was believed before and `beyond`
    what is not counted of evidence that a model has weighed too, in nats.

    `toward` and `against` are the explanations that are weighed; None: attack, or none.
    """

    view: IncidentView
    conclusion: str
    harmless: Hypothesis
    harmless_share: float
    innocent: str
    toward: Hypothesis | None
    against: Hypothesis | None
    prior: float
    odds: float
    reasons: tuple[ReasonView, ...]
    groups: tuple[Group, ...]
    story: Story
    picture: Picture
    sign_ins: tuple[SignInRow, ...]
    beyond: float = 0.0

    def group(self, detector: str) -> Group | None:
        """The findings of this detector."""
        return next((one for one in self.groups if one.detector == detector), None)


def case_of(
    assessment: Assessment,
    view: IncidentView,
    sign_ins: Sequence[SignInRow],
    picture: Picture,
    language: str,
) -> Case:
    """The case of an incident as its reader may see it."""
    row = view.row
    weighing = weigh(assessment, is_attack=not view.weighs_explanations)
    reasons = _reasons(weighing, view.findings)
    groups = groups_of(view)
    harmless = likeliest_harmless(view.posterior)
    weights = {one.number: _tells(one, view) for one in view.findings}
    return Case(
        view=view,
        conclusion=headline_of(
            row.category, view.theme, row.subject.kind, _who(view), row.confidence, language
        ),
        harmless=harmless,
        harmless_share=_harmless_share(view),
        innocent=_innocent(view, reasons, groups),
        toward=weighing.toward,
        against=weighing.against,
        prior=weighing.prior,
        odds=weighing.odds,
        beyond=weighing.beyond,
        reasons=reasons,
        groups=groups,
        story=story_of(
            [(one.event, one.findings) for one in sign_ins if isinstance(one.event, SignIn)],
            weights,
            language,
            is_campaign=row.subject.kind is not SubjectKind.ACCOUNT,
        ),
        picture=picture,
        sign_ins=tuple(sign_ins),
    )


def _who(view: IncidentView) -> str:
    row = view.row
    if row.subject.kind is SubjectKind.TENANT:
        return row.subject.tenant
    return row.account_name or row.subject.uid


def _harmless_share(view: IncidentView) -> float:
    if view.theme is not Theme.USE:
        return 1.0 - view.attack
    return view.posterior[Hypothesis.ONE_PERSON] + view.posterior[Hypothesis.ROAMING]


def _reasons(weighing: Weighing, findings: Sequence[FindingView]) -> tuple[ReasonView, ...]:
    by_id = {bytes.fromhex(one.id.replace("-", "")): one for one in findings}
    return tuple(
        ReasonView(
            detector=reason.detector,
            title=by_id[reason.finding].title,
            number=by_id[reason.finding].number,
            nats=reason.nats,
            findings=reason.findings,
            learned=by_id[reason.finding].learned,
        )
        for reason in weighing.reasons
        if reason.finding in by_id
    )


def groups_of(view: IncidentView) -> tuple[Group, ...]:
    """The findings of an incident by detector, those that say most first."""
    gathered: dict[str, list[FindingView]] = {}
    for one in view.findings:
        gathered.setdefault(one.detector, []).append(one)
    groups = []
    for detector, some in gathered.items():
        ranked = sorted(some, key=lambda one: (-_tells(one, view), one.number))
        groups.append(
            Group(
                detector=detector,
                title=ranked[0].title,
                findings=tuple(ranked),
                withdrawn=sum(one.withdrawn for one in some),
            )
        )
    return tuple(sorted(groups, key=lambda one: (-_tells(one.first, view), one.detector)))


def _tells(one: FindingView, view: IncidentView) -> float:
    """How much a finding says; one that was withdrawn says nothing."""
    if one.withdrawn:
        return -1.0
    moved = one.attack_moved or 0.0
    if view.weighs_explanations and one.moved is not None:
        moved = max(map(abs, one.moved))
    return abs(moved) + _SEVERITY_WEIGHS * int(one.severity)


def _innocent(view: IncidentView, reasons: Sequence[ReasonView], groups: Sequence[Group]) -> str:
    """How what weighs most could be innocent; a model's opinion has no say where there is another
    (article 5)."""
    numbered = {one.number: one for one in view.findings}
    ranked = sorted((one for one in reasons if one.nats > 0), key=lambda one: one.learned)
    told = [numbered[one.number].innocent for one in ranked]
    told += [group.first.innocent for group in groups]
    return next((text for text in told if text), "")
