"""The day in a sentence, made of numbers, and what waits in words: in both languages."""

from collections.abc import Callable, Mapping
from typing import Final

from monitor.services.atlas import Atlas, CountryRow
from monitor.services.figures import LastDay
from monitor.services.needs import Need, What
from monitor.web.language import Wording, utc

_NAMED: Final = 3
"""Countries that are named."""
ADDRESSES: Final[Mapping[What, str]] = {
    What.INCIDENTS: "/incidents?status=new&withdrawn=no&sort=severest",
    What.APPROVALS: "/approvals",
    What.LATE: "/tickets?late=yes",
    What.OWN: "/tickets?assignee=me",
    What.NOBODYS: "/tickets?assignee=nobody",
    What.APPEALS: "/tickets?kind=appeal",
    What.PROPOSED: "/measures?view=open",
    What.STUCK: "/measures?view=at_work",
    What.RECOVERIES: "/recoveries",
    What.DEAD: "/outbox?state=dead",
    What.PARKED: "/outbox?state=parked",
    What.UNWELL: "/sources",
    What.SHADOW: "/measures?view=shadow",
}
ICONS: Final[Mapping[What, str]] = {
    What.INCIDENTS: "alarm",
    What.APPROVALS: "check",
    What.LATE: "clock",
    What.OWN: "account",
    What.NOBODYS: "ticket",
    What.APPEALS: "rights",
    What.PROPOSED: "scales",
    What.STUCK: "scales",
    What.RECOVERIES: "lost",
    What.DEAD: "outbox",
    What.PARKED: "held",
    What.UNWELL: "source",
    What.SHADOW: "policy",
}


def need_words(need: Need, wording: Wording) -> tuple[str, str, str]:
    """What waits, without its number; where it is done; and the name of its icon."""
    return _WORDS[need.what](wording, need.count), ADDRESSES[need.what], ICONS[need.what]


def day_sentence(day: LastDay, wording: Wording) -> str:
    """What the last day brought, in one sentence."""
    came = [*_read(day, wording), _raised(day, wording)]
    told = _joined(came, wording)
    done = [*_resolved(day, wording), *_carried_out(day, wording)]
    if done:
        words = {"one": told, "other": _joined(done, wording)}
        told = wording.text(_("%(one)s; %(other)s")) % words
    if day.is_past:
        frame = wording.text(_("In the 24 hours until %(time)s, where the logs end, %(told)s."))
        return frame % {"time": utc(day.until), "told": told}
    return wording.text(_("In the last 24 hours, %(told)s.")) % {"told": told}


def atlas_sentence(atlas: Atlas, wording: Wording) -> str:
    """What the map shows, in a sentence or two."""
    if not atlas.count:
        return wording.text(_("No sign-in of this day is known."))
    told = [_from_countries(atlas, wording), *_impossible(atlas, wording)]
    if atlas.part > 1:
        sampled = _("Where there were most, one in %(part)s was looked at, and the rest reckoned.")
        told.append(wording.text(sampled) % {"part": wording.number(atlas.part)})
    return " ".join(told)


def _(message: str) -> str:
    return message


def _joined(parts: list[str], wording: Wording) -> str:
    if len(parts) == 1:
        return parts[0]
    return wording.text(_("%(one)s and %(other)s")) % {"one": parts[0], "other": parts[1]}


def _read(day: LastDay, wording: Wording) -> list[str]:
    if day.events is None:
        return []
    if not day.events:
        return [wording.text(_("no event was read"))]
    return [wording.ngettext("%(num)s event was read", "%(num)s events were read", day.events)]


def _raised(day: LastDay, wording: Wording) -> str:
    if not day.raised:
        return wording.text(_("no incident was raised"))
    told = wording.ngettext(
        "%(num)s incident was raised", "%(num)s incidents were raised", day.raised
    )
    grave = _grave(day, wording)
    return f"{told} ({grave})" if grave else told


def _grave(day: LastDay, wording: Wording) -> str:
    if day.raised == day.grave == 1:
        return wording.text(_("high or critical"))
    if day.raised == day.grave:
        return wording.text(_("all of them high or critical"))
    if day.raised == 1:
        return ""
    if not day.grave:
        return wording.text(_("none of them high or critical"))
    return wording.ngettext(
        "%(num)s of which is high or critical", "%(num)s of which are high or critical", day.grave
    )


def _resolved(day: LastDay, wording: Wording) -> list[str]:
    if not day.resolved:
        return []
    return [
        wording.ngettext(
            "%(num)s incident was resolved", "%(num)s incidents were resolved", day.resolved
        )
    ]


def _carried_out(day: LastDay, wording: Wording) -> list[str]:
    if not day.carried_out:
        return []
    return [
        wording.ngettext(
            "%(num)s measure was carried out",
            "%(num)s measures were carried out",
            day.carried_out,
        )
    ]


def _from_countries(atlas: Atlas, wording: Wording) -> str:
    told = wording.ngettext(
        "%(num)s attempt to sign in, %(share)s of them failed",
        "%(num)s attempts to sign in, %(share)s of them failed",
        atlas.count,
        share=wording.share(atlas.failures / atlas.count),
    )
    named = [_country(row, atlas, wording) for row in atlas.countries if row.country][:_NAMED]
    if not named:
        return f"{told}."
    words = {"told": told, "countries": ", ".join(named)}
    return wording.text(_("%(told)s; most from %(countries)s.")) % words


def _country(row: CountryRow, atlas: Atlas, wording: Wording) -> str:
    share = wording.share(row.count / atlas.count)
    return f"{wording.country(row.country)} ({share})"


def _impossible(atlas: Atlas, wording: Wording) -> list[str]:
    if not atlas.pairs:
        return []
    return [
        wording.ngettext(
            "%(num)s pair of places is too far apart for the time between.",
            "%(num)s pairs of places are too far apart for the time between.",
            len(atlas.pairs),
        )
    ]


_Say = Callable[[Wording, int], str]
_WORDS: Final[Mapping[What, _Say]] = {
    What.INCIDENTS: lambda say, n: say.ngettext(
        "incident nobody has looked at", "incidents nobody has looked at", n
    ),
    What.APPROVALS: lambda say, n: say.ngettext(
        "request that waits for your agreement", "requests that wait for your agreement", n
    ),
    What.LATE: lambda say, n: say.ngettext("ticket that is late", "tickets that are late", n),
    What.OWN: lambda say, n: say.ngettext(
        "open ticket in your hands", "open tickets in your hands", n
    ),
    What.NOBODYS: lambda say, n: say.ngettext(
        "open ticket in nobody's hands", "open tickets in nobody's hands", n
    ),
    What.APPEALS: lambda say, n: say.ngettext(
        "contested measure to look at", "contested measures to look at", n
    ),
    What.PROPOSED: lambda say, n: say.ngettext(
        "measure that rules leave to you", "measures that rules leave to you", n
    ),
    What.STUCK: lambda say, n: say.ngettext(
        "measure that was not fully carried out", "measures that were not fully carried out", n
    ),
    What.RECOVERIES: lambda say, n: say.ngettext(
        "lost factor that waits for a person", "lost factors that wait for a person", n
    ),
    What.DEAD: lambda say, n: say.ngettext(
        "order that could not be delivered", "orders that could not be delivered", n
    ),
    What.PARKED: lambda say, n: say.ngettext(
        "order that waits to be released", "orders that wait to be released", n
    ),
    What.UNWELL: lambda say, n: say.ngettext(
        "thing that is not well", "things that are not well", n
    ),
    What.SHADOW: lambda say, n: say.ngettext(
        "measure that rules would have taken", "measures that rules would have taken", n
    ),
}
