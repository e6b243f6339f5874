"""Incidents as they are shown to whoever may not look at whom they are about."""

from msgspec import structs

from detectors.core.finding import Fact
from detectors.core.identity import Subject, SubjectKind
from monitor.protection.masking import (
    HIDDEN,
    mask_address,
    mask_event,
    mask_name,
    mask_subject,
    mask_text,
)
from monitor.services.journeys import Leg
from monitor.services.picture import Bar, Failure, Lane, Picture
from monitor.services.spots import Arc, Spot
from monitor.services.views import FindingView, IncidentRow, IncidentView, SignInRow

_SESSION = "session"


def veil_row(row: IncidentRow) -> IncidentRow:
    """One of a list."""
    names = _names(row)
    return structs.replace(
        row,
        subject=mask_subject(row.subject),
        account_name=None if row.account_name is None else mask_name(row.account_name),
        sentence=mask_text(row.sentence, names),
        reason=mask_text(row.reason, names),
    )


def veil_view(view: IncidentView) -> IncidentView:
    """The whole incident."""
    names = _names(view.row)
    return structs.replace(
        view,
        row=veil_row(view.row),
        findings=[_finding(one, names) for one in view.findings],
        others=tuple(dict.fromkeys(mask_subject(one) for one in view.others)),
    )


def veil_sign_in(row: SignInRow) -> SignInRow:
    """One sign-in around it."""
    return structs.replace(row, event=mask_event(row.event))


def veil_picture(picture: Picture) -> Picture:
    """Its map and its chart."""
    return structs.replace(
        picture,
        spots=[_spot(one) for one in picture.spots],
        arcs=[_arc(one) for one in picture.arcs],
        legs=[_leg(one) for one in picture.legs],
        lanes=[_lane(one) for one in picture.lanes],
        bars=[_bar(one) for one in picture.bars],
        failures=[_failure(one) for one in picture.failures],
    )


def _names(row: IncidentRow) -> frozenset[str]:
    subject: Subject = row.subject
    named = {row.account_name or ""}
    if subject.kind is SubjectKind.ACCOUNT:
        named.add(subject.uid)
    return frozenset(named - {""})


def _finding(finding: FindingView, names: frozenset[str]) -> FindingView:
    return structs.replace(
        finding,
        sentence=mask_text(finding.sentence, names),
        innocent=mask_text(finding.innocent, names),
        facts={name: _fact(name, fact, names) for name, fact in finding.facts.items()},
        told=[
            structs.replace(one, value=str(_fact(one.name, one.value, names)))
            for one in finding.told
        ],
    )


def _fact(name: str, fact: Fact, names: frozenset[str]) -> Fact:
    if not isinstance(fact, str) or not fact:
        return fact
    return HIDDEN if name == _SESSION else mask_text(fact, names)


def _spot(spot: Spot) -> Spot:
    return structs.replace(
        spot,
        latitude=float(round(spot.latitude)),
        longitude=float(round(spot.longitude)),
        radius_km=max(spot.radius_km, 100.0),
    )


def _arc(arc: Arc) -> Arc:
    start, end = (
        (float(round(longitude)), float(round(latitude)))
        for longitude, latitude in (arc.start, arc.end)
    )
    return structs.replace(arc, start=start, end=end)


def _leg(leg: Leg) -> Leg:
    start, end = (
        (float(round(longitude)), float(round(latitude)))
        for longitude, latitude in (leg.start, leg.end)
    )
    return structs.replace(leg, start=start, end=end)


def _lane(lane: Lane) -> Lane:
    return structs.replace(lane, label=mask_text(lane.label))


def _bar(bar: Bar) -> Bar:
    ip = None if bar.ip is None else mask_address(bar.ip)
    return structs.replace(bar, session="", ip=ip)


def _failure(failure: Failure) -> Failure:
    return structs.replace(failure, ip=None if failure.ip is None else mask_address(failure.ip))
