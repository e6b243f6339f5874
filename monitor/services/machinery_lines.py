"""The lines of how Vigie itself is, from what is known of it: pure, each line a function."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from msgspec import Struct

from alerts.wording import counted, duration, number, said
from detectors.core.detector import Text
from detectors.core.event import DAY, MINUTE
from detectors.core.finding import Severity
from monitor.health.rule import abouts
from monitor.health.telling import remedy_of, sentence_of
from monitor.services.machinery_views import Known, Line, Seen, Wellness
from monitor.store.watching import HealthRow

OLD_BACKUP: Final = 7 * DAY
LEAST_FREE: Final = 1 << 30
"""Bytes of a disk that ought to be free."""
_MIB: Final = 1 << 20
_LINES = Text("line", "ligne")
_SOURCES = Text("source", "source")
_RESPONDERS = Text("responder", "connecteur")
_DAYS = Text("day", "jour")


Part = Callable[[Known], Seen]


def _engine(known: Known) -> Seen:
    pulse = known.pulse
    start = Text("Start it: vigie run.", "Démarrez-le : vigie run.")
    if pulse is None:
        told = Text("No engine has run here yet.", "Aucun moteur n'a encore tourné ici.")
        return Seen(Wellness.UNWELL, told, None, start)
    if not pulse.is_alive(known.now):
        told = Text("No engine tells of itself.", "Aucun moteur ne donne signe de vie.")
        return Seen(Wellness.UNWELL, told, pulse.time, start)
    who = pulse.who
    told = Text(
        f"Runs: process {who.process} on {who.host}, version {who.version}.",
        f"Tourne : processus {who.process} sur {who.host}, version {who.version}.",
    )
    return Seen(Wellness.WELL, told, who.started)


def _standby(known: Known) -> Seen:
    count = len(known.standby)
    if not count:
        return Seen(Wellness.NONE, Text("No second one waits.", "Aucun second n'attend."))
    where = ", ".join(one.who.host for one in known.standby)
    return Seen(Wellness.WELL, Text(f"Waits on {where}.", f"Attend sur {where}."))


def _lag(known: Known) -> Seen:
    pulse = known.pulse
    if pulse is None or not pulse.is_alive(known.now):
        return Seen(Wellness.NONE, Text("Nothing is read.", "Rien n'est lu."))
    if not pulse.caught_up:
        told = Text(
            "Reads a history for the first time.", "Lit un historique pour la première fois."
        )
        return Seen(Wellness.NOTE, told, pulse.who.started)
    behind = max(0, known.now - pulse.caught_up)
    if behind < MINUTE:
        told = Text("All that is there was read.", "Tout ce qui est là a été lu.")
        return Seen(Wellness.WELL, told)
    far = duration(behind, known.language)
    told = Text(f"Has been reading for {far}.", f"Lit depuis {far}.")
    return Seen(Wellness.NOTE, told, pulse.caught_up)


def _backlog(known: Known) -> Seen:
    lines = sum(one.lines for one in known.inbox)
    if not lines:
        told = Text("Nothing that was sent waits.", "Rien de ce qui a été envoyé n'attend.")
        return Seen(Wellness.WELL, told)
    oldest = min(one.oldest for one in known.inbox)
    many = counted(lines, _LINES, known.language)
    is_late = any(reason.code == "inbox" for reason in known.readiness.reasons)
    remedy = Text("See whether the engine runs.", "Voyez si le moteur tourne.")
    told = Text(f"Waiting to be read: {many}.", f"En attente de lecture : {many}.")
    return Seen(Wellness.UNWELL if is_late else Wellness.WELL, told, oldest, remedy)


def _sources(known: Known) -> Seen:
    if not known.sources:
        told = Text("Nothing was read yet.", "Rien n'a encore été lu.")
        return Seen(Wellness.NOTE, told, None, Text("Add a source.", "Ajoutez une source."))
    many = counted(len(known.sources), _SOURCES, known.language)
    last = max((one.last_event for one in known.sources if one.last_event), default=None)
    if last is None:
        return Seen(Wellness.WELL, Text(f"{many}.", f"{many}."))
    ago = duration(max(0, known.now - last), known.language)
    told = Text(
        f"{many}; the latest event is {ago} old.", f"{many} ; le dernier événement date de {ago}."
    )
    return Seen(Wellness.WELL, told)


def _responding(known: Known) -> Seen:
    pulse = known.responding
    if pulse is None:
        told = Text("Has never run here.", "N'a jamais tourné ici.")
        return Seen(Wellness.NONE, told)
    if not pulse.is_alive(known.now):
        start = Text("Start it: vigie run.", "Démarrez-le : vigie run.")
        told = Text("Does not run.", "Ne tourne pas.")
        return Seen(Wellness.UNWELL, told, pulse.time, start)
    shadow = Text("Runs; only tells (shadow mode).", "Tourne ; ne fait que dire (mode fantôme).")
    acting = Text(
        "Runs; acts within its guardrails.", "Tourne ; agit dans la limite des garde-fous."
    )
    told = acting if pulse.mode == "act" else shadow
    return Seen(Wellness.WELL, told, pulse.who.started)


def _responders(known: Known) -> Seen:
    if not known.responders:
        return Seen(Wellness.NONE, Text("There is none.", "Il n'y en a pas."))
    many = counted(len(known.responders), _RESPONDERS, known.language)
    failing = [one for one in known.responders if one.is_failing]
    dead = sum(one.dead for one in known.responders)
    if failing:
        names = ", ".join(one.name for one in failing)
        told = Text(f"{many}; does not answer: {names}.", f"{many} ; ne répond pas : {names}.")
        since = min(one.failed or known.now for one in failing)
        look = Text("See why it fails.", "Voyez pourquoi il échoue.")
        return Seen(Wellness.UNWELL, told, since, look)
    if dead:
        told = Text(f"{many}; orders given up: {dead}.", f"{many} ; ordres abandonnés : {dead}.")
        look = Text("Try them again, or cancel them.", "Relancez-les, ou annulez-les.")
        return Seen(Wellness.NOTE, told, None, look)
    waiting = sum(one.waiting for one in known.responders)
    told = Text(f"{many}; orders waiting: {waiting}.", f"{many} ; ordres en attente : {waiting}.")
    return Seen(Wellness.WELL, told)


def _database(known: Known) -> Seen:
    size = f"{number(known.size // _MIB, known.language)}"
    told = Text(
        f"{known.backend}, {size} MiB, tables at {known.revision}.",
        f"{known.backend}, {size} Mio, tables à {known.revision}.",
    )
    reasons = [one for one in known.readiness.reasons if one.code in ("database", "schema")]
    upgrade = Text("Run vigie db upgrade.", "Lancez vigie db upgrade.")
    return Seen(Wellness.UNWELL if reasons else Wellness.WELL, told, None, upgrade)


def _disk(known: Known) -> Seen:
    if known.free is None:
        return Seen(Wellness.NONE, Text("It is not known.", "Inconnu."))
    free = number(round(known.free / (1 << 30), 1), known.language)
    told = Text(f"{free} GiB are free.", f"{free} Gio sont libres.")
    wellness = Wellness.WELL if known.free >= LEAST_FREE else Wellness.UNWELL
    return Seen(wellness, told, None, Text("Free at least 1 GiB.", "Libérez au moins 1 Gio."))


def _audit(known: Known) -> Seen:
    many = number(known.audited, known.language)
    told = Text(
        f"Entries: {many}; the last ones are proved all the time.",
        f"Entrées : {many} ; les dernières sont prouvées en continu.",
    )
    return Seen(Wellness.WELL, told)


def _location(known: Known) -> Seen:
    if known.located is None:
        return Seen(Wellness.NONE, Text("Its age is not known.", "Âge inconnu."))
    age = max(0, known.now - known.located.built) // DAY
    old = counted(age, _DAYS, known.language)
    told = Text(f"{old} old.", f"Vieilles de {old}.")
    is_old = age >= known.located.stale_days
    update = Text("Run vigie geo update.", "Lancez vigie geo update.")
    return Seen(Wellness.NOTE if is_old else Wellness.WELL, told, None, update)


def _backup(known: Known) -> Seen:
    daily = Text(
        "Every day: vigie backup FOLDER --keep 14.", "Chaque jour : vigie backup DOSSIER --keep 14."
    )
    if known.backup is None:
        return Seen(Wellness.NOTE, Text("None was taken yet.", "Aucune encore."), None, daily)
    ago = duration(max(0, known.now - known.backup), known.language)
    told = Text(f"The last one is {ago} old.", f"La dernière date de {ago}.")
    is_old = known.now - known.backup > OLD_BACKUP
    return Seen(Wellness.NOTE if is_old else Wellness.WELL, told, known.backup, daily)


def _retention(known: Known) -> Seen:
    return _rounds(known.retention, known)


def _hygiene(known: Known) -> Seen:
    return _rounds(known.hygiene, known)


def _rounds(finished: int, known: Known) -> Seen:
    if not finished:
        return Seen(Wellness.NONE, Text("No round has ended yet.", "Aucun tour n'est achevé."))
    ago = duration(max(0, known.now - finished), known.language)
    return Seen(Wellness.WELL, Text(f"Ended {ago} ago.", f"Achevé il y a {ago}."))


def _gate(_known: Known) -> Seen:
    return Seen(Wellness.WELL, Text("Nothing stands against it.", "Rien à signaler."))


def _settings(known: Known) -> Seen:
    told = Text(f"Version {known.version}.", f"Version {known.version}.")
    return Seen(Wellness.WELL, told)


class _Row(Struct, frozen=True):
    title: Text
    part: Part
    kinds: tuple[str, ...] = ()
    link: str = ""


_ROWS: Final[Mapping[str, _Row]] = {
    "engine": _Row(Text("Engine", "Moteur"), _engine, ("failing", "clock_leapt")),
    "standby": _Row(Text("Standby", "Relève"), _standby),
    "lag": _Row(Text("Reading", "Lecture"), _lag, ("behind",)),
    "backlog": _Row(Text("Backlog", "En attente"), _backlog, (), "/sources"),
    "sources": _Row(
        Text("Sources", "Sources"),
        _sources,
        ("silent", "rejects", "fruitless", "clock_ahead", "clock_behind", "trouble", "losses"),
        "/sources",
    ),
    "responding": _Row(
        Text("Responding", "Réponses"),
        _responding,
        ("nobody_responds", "responding_behind", "responding_trouble", "measures_unfinished"),
        "/measures",
    ),
    "responders": _Row(
        Text("Responders", "Connecteurs"),
        _responders,
        ("orders_given_up", "orders_parked", "responder_silent"),
        "/responders",
    ),
    "gate": _Row(Text("Gate", "Portier"), _gate, ("gate_blind",)),
    "database": _Row(Text("Database", "Base de données"), _database, ("database",)),
    "disk": _Row(Text("Disk", "Disque"), _disk, ("disk_low",)),
    "audit": _Row(Text("Audit", "Journal des actes"), _audit, ("audit_broken",), "/audit"),
    "location": _Row(Text("Location data", "Données de lieu"), _location, ("location_old",)),
    "backup": _Row(Text("Backup", "Sauvegarde"), _backup),
    "retention": _Row(Text("Deletion", "Effacement"), _retention, ("retention_waits",), "/keeping"),
    "hygiene": _Row(Text("Hygiene", "Hygiène"), _hygiene, (), "/hygiene"),
    "settings": _Row(Text("Settings", "Réglages"), _settings, ("settings_refused",), "/settings"),
}


def lines_of(known: Known) -> list[Line]:
    """Every line: what stands against a part comes before what it says itself."""
    language = known.language
    found = [_line(name, row, known) for name, row in _ROWS.items()]
    placed = {kind for row in _ROWS.values() for kind in row.kinds}
    # A kind of finding that no line knows has one of its own: nothing that stands is left out.
    others = [one for one in known.findings if one.kind not in placed]
    return found + [
        _standing(one.kind, said(_title(one.kind), language), "", [one], language) for one in others
    ]


def _line(name: str, row: _Row, known: Known) -> Line:
    language = known.language
    title = said(row.title, language)
    standing = [one for one in known.findings if one.kind in row.kinds]
    if standing:
        return _standing(name, title, row.link, standing, language)
    seen = row.part(known)
    is_fine = seen.wellness in (Wellness.WELL, Wellness.NONE)
    return Line(
        name=name,
        title=title,
        wellness=seen.wellness,
        seen=said(seen.text, language),
        since=seen.since,
        remedy="" if is_fine else said(seen.remedy, language),
        link=row.link,
    )


def _standing(name: str, title: str, link: str, rows: Iterable[HealthRow], language: str) -> Line:
    worst = sorted(rows, key=lambda one: (-_severity(one.kind), one.since))
    first = worst[0]
    seen = sentence_of(first.kind, first.facts, language)
    if len(worst) > 1:
        more = Text(f"and {len(worst) - 1} more", f"et {len(worst) - 1} de plus")
        seen = f"{seen} ({said(more, language)})"
    is_grave = _severity(first.kind) >= Severity.MEDIUM
    return Line(
        name=name,
        title=title,
        wellness=Wellness.UNWELL if is_grave else Wellness.NOTE,
        seen=seen,
        since=first.since,
        remedy=remedy_of(first.kind, language).replace("`", ""),
        link=link,
    )


def _severity(kind: str) -> Severity:
    about = abouts().get(kind)
    return Severity.LOW if about is None else about.severity


def _title(kind: str) -> Text:
    about = abouts().get(kind)
    return Text(kind, kind) if about is None else about.title
