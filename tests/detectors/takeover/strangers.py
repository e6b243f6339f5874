"""Stories of strangers, for the tests of what is said of them."""

from detectors.core.context import Context
from detectors.core.event import AccountChange, Change, Event
from detectors.core.finding import Finding
from detectors.core.identity import timed_id
from detectors.core.place import Device
from detectors.sign_in_risk import SignInRisk
from tests.detectors.story import CHROME, LINUX, LYON, PARIS, Story, Where, moment, run

CALLED = 5.66
"""Nats for a takeover from which a reviewer is called."""


def hostile_at_home() -> list[Event]:
    """One in the owner's country, beside the owner, who comes back on many days."""
    story = settled(20)
    for day in range(10, 20):
        story.work([day], PARIS, LINUX, 500, 700, name="stranger")
    return changed(story, 640, PARIS, LINUX, Change.PASSWORD).sorted()


def found(story: Story, context: Context | None = None) -> list[Finding]:
    """What sign_in_risk finds."""
    return run(SignInRisk(), story.sorted(), context)


def settled(days: int = 10) -> Story:
    """Ordinary days in Lyon, on one computer."""
    return Story().work(range(days), LYON, CHROME)


def total(findings: list[Finding]) -> float:
    """What they come to for a takeover: the strongest of each group."""
    groups: dict[str, float] = {}
    for finding in findings:
        weight = finding.evidence.weights.taken_over
        group = finding.evidence.group
        groups[group] = max(groups.get(group, 0.0), weight)
    return sum(groups.values())


def changed(story: Story, minute: float, at: Where, device: Device | None, what: Change) -> Story:
    """A change to the account on day 10."""
    time = moment(10, minute)
    story.events.append(
        AccountChange(
            id=timed_id(time, "change", str(minute)),
            time=time,
            tenant=story.tenant,
            account=story.account,
            change=what,
            ip=at.ip,
            place=at.place,
            network=at.network,
            device=device,
        )
    )
    return story


def owner(day: int, *minutes: float) -> Story:
    """Ten ordinary days in Lyon, and the owner at the desk at these minutes of another one."""
    story = settled().sign_on(day, minutes[0], LYON, CHROME, "desk")
    for minute in minutes[1:]:
        story.use(day, minute, LYON, CHROME, "desk")
    return story


def shared(story: Story) -> dict[str, float]:
    """The most that each group comes to for sharing."""
    strongest: dict[str, float] = {}
    for finding in found(story):
        evidence = finding.evidence
        before = strongest.get(evidence.group, 0.0)
        strongest[evidence.group] = max(before, evidence.weights.shared)
    return strongest


def groups(story: Story) -> dict[str, float]:
    """What each group comes to for a takeover."""
    findings = found(story)
    return {
        f.evidence.group: max(
            g.evidence.weights.taken_over for g in findings if g.evidence.group == f.evidence.group
        )
        for f in findings
    }


def what(story: Story) -> set[str]:
    """What the findings are about."""
    return {str(f.evidence.facts["what"]) for f in found(story)}
