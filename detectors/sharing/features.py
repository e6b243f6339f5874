"""From the use of an account to the features that a model weighs; a reviewer can read each.

Nothing counts what a log's style or a floor's size would set: shares, ratios, counts for each
active day or week, all clipped. What a log cannot show is missing (NaN), not nought.
"""

from collections.abc import Callable, Iterable
from math import exp, log, log1p, nan

from msgspec import Struct

from detectors.core.detector import Text
from detectors.sharing import stays
from detectors.sharing.stays import BROWSER, MOVED, STRANGER, TWIN
from detectors.sharing.usage import (
    APART,
    BROWSERS,
    COMPUTER,
    DESK,
    HANDHELD,
    MASKED,
    TWINS,
    UNNAMED,
    Persona,
    Usage,
)

LEAST_DAYS = 3
"""Active days before which nothing is said of an account."""
HALF = 0.5
"""A share of days from which on a log is taken for one of this style."""
LEAST_CHANCE = 2.0
"""Turns that two people would come to, below which a ratio of turns says nothing."""
GAPS = 2.0
"""Days with two computers, below which the hours between them say nothing."""
LEAST_SLOTS = 3.0
"""Half-hours that a machine needs for its hours to say something."""


class Feature(Struct, frozen=True):
    """One feature: `words` for the reviewer, `unit`, and how it follows from the use.

    Values are clipped to 0 and `most`; where the use does not tell, it is NaN. `rises`: more of
    it never speaks against several people; False: never for them. A model has to keep to that, so
    that it says what a person can follow, and not what one simulator happens to draw. None: one
    person's windows may show more of it than two people's, and it is the model's to say.
    """

    name: str
    unit: str
    words: Text
    of: Callable[[Usage], float]
    most: float
    rises: bool | None = True

    def value(self, usage: Usage) -> float:
        """The clipped value; NaN where it is not known."""
        value = self.of(usage)
        return value if value != value else min(self.most, max(0.0, value))  # noqa: PLR0124


def vector(usage: Usage) -> tuple[float, ...]:
    """All features in the order of `FEATURES`."""
    return tuple(feature.value(usage) for feature in FEATURES)


def _daily(usage: Usage, amount: float) -> float:
    return amount / usage.sums.days if usage.sums.days > 0 else nan


def is_rich(usage: Usage) -> bool:
    """Whether the log tells of the work in a session, and not of its sign-on alone."""
    return _daily(usage, usage.sums.rich) >= HALF


def is_named(usage: Usage) -> bool:
    """Whether the log tells devices apart, and a telephone from a computer."""
    return _daily(usage, usage.sums.named) >= HALF


def _overlap(*relations: int) -> Callable[[Usage], float]:
    def of(usage: Usage) -> float:
        if not is_rich(usage):
            return nan
        return log1p(_daily(usage, sum(usage.sums.overlaps[r] for r in relations)))

    return of


def _turns(usage: Usage) -> float:
    chance = sum(usage.sums.chances)
    if chance < LEAST_CHANCE * usage.weight or not is_rich(usage):
        return nan
    return sum(usage.sums.turns) / chance


def _turns_daily(*relations: int) -> Callable[[Usage], float]:
    def of(usage: Usage) -> float:
        return log1p(_daily(usage, sum(usage.sums.turns[r] for r in relations)))

    return of


def _copresent(usage: Usage) -> float:
    return _daily(usage, usage.sums.copresent) if is_rich(usage) else nan


def _backwards(usage: Usage) -> float:
    return log1p(_daily(usage, usage.sums.backwards)) if is_named(usage) else nan


def _relays(usage: Usage) -> float:
    return _daily(usage, usage.sums.relays) if is_rich(usage) else nan


def _hours(usage: Usage) -> float:
    return _effective(usage.sums.hours)


def _week(usage: Usage) -> float:
    if usage.calendar < LEAST_DAYS:
        return nan
    return 7.0 * usage.sums.days / usage.weight / usage.calendar


def _per_day(name: str) -> Callable[[Usage], float]:
    return lambda usage: log1p(_daily(usage, getattr(usage.sums, name)))


def _several(key: Callable[[Persona], object], *forms: int) -> Callable[[Usage], float]:
    """How many of something the use is spread over: exp of the entropy of half-hours."""

    def of(usage: Usage) -> float:
        counts: dict[object, float] = {}
        for persona in usage.personas.values():
            if persona.form in forms and not persona.masked:
                counts[key(persona)] = counts.get(key(persona), 0.0) + persona.slots
        return _effective(counts.values())

    return of


def _machines(usage: Usage) -> float:
    return _effective(p.slots for p in _computers(usage))


def _effective(amounts: Iterable[float]) -> float:
    known = [a for a in amounts if a > 0]
    whole = sum(known)
    if not known:
        return nan
    return exp(-sum(a / whole * log(a / whole) for a in known))


def _computers(usage: Usage) -> list[Persona]:
    """The computers, the most used first."""
    found = [p for p in usage.personas.values() if p.form in (COMPUTER, UNNAMED)]
    return sorted(found, key=lambda p: -p.slots)


def _same_hours(usage: Usage) -> float:
    """How far the two most used computers are used at the same hours: 1 the same, 0 never."""
    two = _computers(usage)[:2]
    if len(two) < 2 or two[1].slots < LEAST_SLOTS * usage.weight:
        return nan
    first, second = (sum(p.hours) or 1.0 for p in two)
    return sum(min(a / first, b / second) for a, b in zip(two[0].hours, two[1].hours, strict=True))


def _same_days(usage: Usage) -> float:
    """The share of days of the second computer on which there would be room for another."""
    two = _computers(usage)[:2]
    if len(two) < 2 or not usage.sums.days:
        return nan
    return max(0.0, (two[0].days + two[1].days) / usage.sums.days - 1.0)


def _second(usage: Usage) -> float:
    found = _computers(usage)
    whole = sum(p.slots for p in found)
    return found[1].slots / whole if len(found) > 1 and whole > 0 else 0.0


def _each_day(usage: Usage, amount: float) -> float:
    """An amount of stays for each day with one; NaN before there was any."""
    return amount / usage.stays.days if usage.stays.days > 0 else nan


def _together(*relations: int) -> Callable[[Usage], float]:
    return lambda u: _each_day(u, max(u.stays.together[relation] for relation in relations))


def _stays_by_turns(*relations: int) -> Callable[[Usage], float]:
    return lambda u: log1p(_each_day(u, sum(u.stays.turned[r] for r in relations)))


def _amid(*relations: int) -> Callable[[Usage], float]:
    return lambda u: log1p(_each_day(u, sum(u.stays.amid[r] for r in relations)))


def _handed(*relations: int) -> Callable[[Usage], float]:
    return lambda u: log1p(_each_day(u, sum(u.stays.handed[r] for r in relations)))


def _crossed(usage: Usage) -> float:
    return log1p(_each_day(usage, sum(usage.stays.crossed)))


def _stays_daily(name: str) -> Callable[[Usage], float]:
    return lambda u: log1p(_each_day(u, getattr(u.stays, name)))


def _gap(name: str) -> Callable[[Usage], float]:
    def of(usage: Usage) -> float:
        stays = usage.stays
        if stays.gaps < GAPS * usage.weight:
            return nan
        gap: float = getattr(stays, name)
        return gap / stays.gaps

    return of


def _stays_share(name: str) -> Callable[[Usage], float]:
    return lambda usage: _each_day(usage, getattr(usage.stays, name))


def _returned(*relations: int) -> Callable[[Usage], float]:
    return lambda u: log1p(_each_day(u, sum(u.stays.returned[r] for r in relations)))


def _pause(usage: Usage) -> float:
    return _daily(usage, usage.sums.pause) if is_rich(usage) else nan


def _worked(usage: Usage) -> float:
    return _daily(usage, usage.sums.worked) if is_rich(usage) else nan


def _day_of_hours(usage: Usage) -> float:
    hours = _effective(h for h in usage.stays.hours)
    return _each_day(usage, sum(usage.stays.hours)) / hours


def _span(usage: Usage) -> float:
    return _each_day(usage, usage.stays.span)


def _weekly(usage: Usage) -> float:
    if usage.calendar < LEAST_DAYS:
        return nan
    return 7.0 * usage.stays.covered / usage.weight / usage.calendar


def _without_first(usage: Usage) -> float:
    """The share of days on which the second most used computer was used, and not the first."""
    two = sorted((p.days for p in _computers(usage)), reverse=True)[:2]
    if len(two) < 2 or not usage.sums.days:
        return 0.0
    return min(1.0 - two[0] / usage.sums.days, two[1] / usage.sums.days)


FEATURES = (
    Feature(
        "copresent_days",
        "share of active days",
        Text("days with two computers at work at once", "jours où deux postes œuvrent à la fois"),
        _copresent,
        1.0,
    ),
    Feature(
        "overlap",
        "log of half-hours per active day",
        Text("half-hours with two computers at work", "demi-heures avec deux postes à l'œuvre"),
        _overlap(APART, DESK, TWINS),
        3.0,
    ),
    Feature(
        "overlap_lines",
        "log of half-hours per active day",
        Text("two computers on different lines at once", "deux postes sur deux lignes à la fois"),
        _overlap(APART),
        3.0,
    ),
    Feature(
        "overlap_browsers",
        "log of half-hours per active day",
        Text("two browsers on one line at once", "deux navigateurs sur une ligne à la fois"),
        _overlap(BROWSERS),
        3.0,
        rises=None,
    ),
    Feature(
        "turns",
        "ratio to the turns of two people",
        Text(
            "turns between computers, against those of two people",
            "alternances entre postes, face à celles de deux personnes",
        ),
        _turns,
        1.5,
    ),
    Feature(
        "turns_daily",
        "log of turns per active day",
        Text("turns between computers", "alternances entre postes"),
        _turns_daily(APART, DESK, TWINS),
        3.0,
    ),
    Feature(
        "hops",
        "log of changes per active day",
        Text("changes of line within minutes", "changements de ligne en quelques minutes"),
        _per_day("hops"),
        2.0,
        rises=None,
    ),
    Feature(
        "legs",
        "log of changes per active day",
        Text(
            "changes of place quicker than by land", "changements de lieu plus vite que par terre"
        ),
        _per_day("legs"),
        2.0,
        rises=None,
    ),
    Feature(
        "handovers",
        "log of hand-overs per active day",
        Text(
            "another computer signed on soon after the last",
            "un autre poste connecté peu après le dernier",
        ),
        _per_day("handovers"),
        2.0,
        rises=None,
    ),
    Feature(
        "relays",
        "share of active days",
        Text(
            "days of more than twelve hours with a second sign-on",
            "jours de plus de douze heures avec une seconde connexion",
        ),
        _relays,
        1.0,
        rises=None,
    ),
    Feature(
        "hours",
        "effective number of hours of the day",
        Text("hours of the day that it is used at", "heures de la journée où il sert"),
        _hours,
        24.0,
        rises=None,
    ),
    Feature(
        "week",
        "active days of seven",
        Text("days of the week that it is used on", "jours de la semaine où il sert"),
        _week,
        7.0,
        rises=None,
    ),
    Feature(
        "sign_ons",
        "log of sign-ons per active day",
        Text("sign-ons a day", "connexions par jour"),
        _per_day("sign_ons"),
        2.5,
        rises=None,
    ),
    Feature(
        "alive",
        "log of sessions, mean of active days",
        Text("sessions in use at once", "sessions utilisées à la fois"),
        _per_day("alive"),
        2.0,
        rises=None,
    ),
    Feature(
        "computers",
        "log of computers per active day",
        Text("computers a day", "postes par jour"),
        _per_day("computers"),
        2.0,
        rises=None,
    ),
    Feature(
        "machines",
        "effective number",
        Text(
            "computers that the work is spread over", "postes entre lesquels le travail se partage"
        ),
        _machines,
        6.0,
        rises=None,
    ),
    Feature(
        "sites",
        "effective number",
        Text("places of its computers", "lieux de ses postes"),
        _several(lambda p: p.site, COMPUTER, UNNAMED),
        5.0,
        rises=None,
    ),
    Feature(
        "countries",
        "effective number",
        Text("countries of its computers", "pays de ses postes"),
        _several(lambda p: p.country, COMPUTER, UNNAMED),
        4.0,
        rises=None,
    ),
    Feature(
        "lines",
        "effective number",
        Text("providers of its computers", "opérateurs de ses postes"),
        _several(lambda p: p.asn, COMPUTER, UNNAMED),
        5.0,
        rises=None,
    ),
    Feature(
        "phone_lines",
        "effective number",
        Text("providers of its phones", "opérateurs de ses téléphones"),
        _several(lambda p: p.asn, HANDHELD),
        4.0,
        rises=None,
    ),
    Feature(
        "same_hours",
        "overlap, 0 to 1",
        Text(
            "the two most used computers keep the same hours",
            "les deux postes les plus utilisés ont les mêmes heures",
        ),
        _same_hours,
        1.0,
        rises=None,
    ),
    Feature(
        "same_days",
        "share of active days",
        Text(
            "the two most used computers are used on the same days",
            "les deux postes les plus utilisés servent les mêmes jours",
        ),
        _same_days,
        1.0,
        rises=None,
    ),
    Feature(
        "second",
        "share of half-hours",
        Text("part of the second computer in the work", "part du second poste dans le travail"),
        _second,
        0.5,
        rises=None,
    ),
    Feature(
        "backwards",
        "log of times per active day",
        Text(
            "a browser that goes back to an older version", "un navigateur qui revient en arrière"
        ),
        _backwards,
        2.0,
        rises=None,
    ),
    Feature(
        "together_elsewhere",
        "share of days",
        Text(
            "days with another browser on another line signed on meanwhile",
            "jours avec un autre navigateur connecté d'une autre ligne en même temps",
        ),
        _together(STRANGER),
        1.0,
    ),
    Feature(
        "together_moved",
        "share of days",
        Text(
            "days with the same browser signed on from two lines meanwhile",
            "jours avec le même navigateur connecté de deux lignes en même temps",
        ),
        _together(MOVED),
        1.0,
        rises=None,
    ),
    Feature(
        "together_browsers",
        "share of days",
        Text(
            "days with two browsers of one line signed on meanwhile",
            "jours avec deux navigateurs d'une ligne connectés en même temps",
        ),
        _together(BROWSER),
        1.0,
        rises=None,
    ),
    Feature(
        "together_twins",
        "share of days",
        Text(
            "days with two sessions of one browser meanwhile",
            "jours avec deux sessions d'un navigateur en même temps",
        ),
        _together(TWIN),
        1.0,
        rises=None,
    ),
    Feature(
        "stays_by_turns",
        "log of returns per day",
        Text(
            "returns to one computer after the other",
            "retours à un poste après l'autre",
        ),
        _stays_by_turns(STRANGER, MOVED),
        2.5,
    ),
    Feature(
        "browsers_by_turns",
        "log of returns per day",
        Text(
            "returns to one browser after the other",
            "retours à un navigateur après l'autre",
        ),
        _stays_by_turns(BROWSER),
        2.5,
        rises=None,
    ),
    Feature(
        "twins_by_turns",
        "log of returns per day",
        Text(
            "returns to one session of a browser after the other",
            "retours à une session d'un navigateur après l'autre",
        ),
        _stays_by_turns(TWIN),
        2.5,
        rises=None,
    ),
    Feature(
        "amid_elsewhere",
        "log of sign-ons per day",
        Text(
            "sign-ons while a computer on another line is in use",
            "connexions pendant qu'un poste d'une autre ligne sert",
        ),
        _amid(STRANGER, MOVED),
        1.0,
    ),
    Feature(
        "amid_here",
        "log of sign-ons per day",
        Text(
            "sign-ons on a line while another of its browsers is in use",
            "connexions sur une ligne pendant qu'un autre de ses navigateurs sert",
        ),
        _amid(BROWSER, TWIN),
        1.0,
        rises=None,
    ),
    Feature(
        "handed_on",
        "log of times per day",
        Text(
            "one computer signed on soon after another ends",
            "un poste connecté peu après la fin d'un autre",
        ),
        _handed(STRANGER, BROWSER),
        1.0,
        rises=None,
    ),
    Feature(
        "handed_over_line",
        "log of times per day",
        Text(
            "the same browser on another line soon after",
            "le même navigateur sur une autre ligne peu après",
        ),
        _handed(MOVED),
        1.0,
        rises=None,
    ),
    Feature(
        "most_at_once",
        "log, mean of days",
        Text("most computers signed on at once", "le plus de postes connectés à la fois"),
        _stays_daily("most"),
        2.0,
        rises=None,
    ),
    Feature(
        "crossed",
        "log of pairs per day",
        Text(
            "sessions that begin in mid-way of another and outlast it",
            "sessions qui commencent pendant une autre et durent plus longtemps",
        ),
        _crossed,
        1.5,
    ),
    Feature(
        "within",
        "log of pairs per day",
        Text(
            "sessions that begin and end during another",
            "sessions qui commencent et finissent pendant une autre",
        ),
        _stays_daily("within"),
        1.5,
        rises=None,
    ),
    Feature(
        "begun_apart",
        "hours",
        Text(
            "time between the first sign-ons of a day's two computers",
            "temps entre les premières connexions des deux postes d'un jour",
        ),
        _gap("begun"),
        8.0,
        rises=None,
    ),
    Feature(
        "ended_apart",
        "hours",
        Text(
            "time between the ends of a day's two computers",
            "temps entre les fins des deux postes d'un jour",
        ),
        _gap("ended"),
        8.0,
        rises=None,
    ),
    Feature(
        "span",
        "hours",
        Text(
            "from the first sign of life of a day to the last",
            "du premier signe de vie d'un jour au dernier",
        ),
        _span,
        24.0,
        rises=None,
    ),
    Feature(
        "without_first",
        "share of active days",
        Text(
            "days of the second computer without the first",
            "jours du second poste sans le premier",
        ),
        _without_first,
        0.5,
        rises=None,
    ),
    Feature(
        "long_days",
        "share of days",
        Text("days of more than twelve hours", "jours de plus de douze heures"),
        _stays_share("long"),
        1.0,
        rises=None,
    ),
    Feature(
        "open_hours",
        "hours per day",
        Text(
            "hours of a day with a sign of life of a computer",
            "heures par jour avec un signe de vie d'un poste",
        ),
        _stays_share("open"),
        24.0,
        rises=None,
    ),
    Feature(
        "worked",
        "hours per day",
        Text("hours of a day with work by hand", "heures par jour avec un travail à la main"),
        _worked,
        24.0,
        rises=None,
    ),
    Feature(
        "day_of_hours",
        "share",
        Text(
            "part of its hours that it is used at on one day",
            "part de ses heures où il sert en un jour",
        ),
        _day_of_hours,
        1.5,
        rises=None,
    ),
    Feature(
        "overlap_masked",
        "log of half-hours per active day",
        Text(
            "a computer and one behind a server or VPN at once",
            "un poste et un autre derrière un serveur ou VPN à la fois",
        ),
        _overlap(MASKED),
        3.0,
        rises=None,
    ),
    Feature(
        "turns_masked",
        "log of turns per active day",
        Text(
            "turns between a computer and one behind a server or VPN",
            "alternances entre un poste et un autre derrière un serveur ou VPN",
        ),
        _turns_daily(MASKED),
        3.0,
        rises=None,
    ),
    Feature(
        "together_masked",
        "share of days",
        Text(
            "days with a session behind a server or VPN meanwhile",
            "jours avec une session derrière un serveur ou VPN en même temps",
        ),
        _together(stays.MASKED),
        1.0,
        rises=None,
    ),
    Feature(
        "stays_masked_by_turns",
        "log of returns per day",
        Text(
            "returns to a session behind a server or VPN after another",
            "retours à une session derrière un serveur ou VPN après une autre",
        ),
        _stays_by_turns(stays.MASKED),
        2.5,
        rises=None,
    ),
    Feature(
        "signed_by_turns",
        "log of sign-ons per day",
        Text(
            "sign-ons that go back to a line after one on another",
            "connexions qui reviennent à une ligne après une autre",
        ),
        _returned(STRANGER, MOVED),
        2.0,
        rises=None,
    ),
    Feature(
        "signed_here_by_turns",
        "log of sign-ons per day",
        Text(
            "sign-ons that go back to a browser after one on the same line",
            "connexions qui reviennent à un navigateur après un autre de la même ligne",
        ),
        _returned(BROWSER),
        2.0,
        rises=None,
    ),
    Feature(
        "longest_pause",
        "hours",
        Text(
            "longest pause of a day, under five hours, in which nothing is done by hand",
            "plus longue pause d'un jour, sous cinq heures, sans rien fait à la main",
        ),
        _pause,
        5.0,
        rises=None,
    ),
    Feature(
        "second_shifts",
        "share of days",
        Text(
            "days with a sign-on six hours after the first that goes on for two hours or more",
            "jours où une connexion, six heures après la première, dure deux heures ou plus",
        ),
        _stays_share("shifts"),
        1.0,
        rises=None,
    ),
    Feature(
        "late_sign_ons",
        "share of days",
        Text(
            "days with a sign-on six hours after the day began",
            "jours avec une connexion six heures après le début de la journée",
        ),
        _stays_share("late"),
        1.0,
        rises=None,
    ),
    Feature(
        "relieved",
        "share of days",
        Text(
            "days with such a second shift soon after the last sign of life",
            "jours avec une telle seconde équipe peu après le dernier signe de vie",
        ),
        _stays_share("relieved"),
        1.0,
        rises=None,
    ),
    Feature(
        "covered_hours",
        "hours per day",
        Text(
            "hours of a day without a pause of three hours",
            "heures par jour sans pause de trois heures",
        ),
        _stays_share("covered"),
        24.0,
        rises=None,
    ),
    Feature(
        "covered_week",
        "hours per week",
        Text(
            "hours of a week without a pause of three hours",
            "heures par semaine sans pause de trois heures",
        ),
        _weekly,
        168.0,
        rises=None,
    ),
)
"""In the order in which a model goes by them."""
