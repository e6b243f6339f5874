"""Examples of logs that our simulator did not write, whose truth is known.

A model that learned from one simulator alone knows that simulator. So `data/examples` holds what
accounts of others' worlds looked like, week by week, as rows of features: no log, no name, no
address. Whoever has a labelled log of their own can make such rows of it.
"""

from collections.abc import Iterator
from math import ceil, isnan
from pathlib import Path

import msgspec

from detectors.core.event import DAY, Event
from detectors.core.identity import digest
from monitor import assembly
from monitor.enrichment.enricher import Enricher
from monitor.evaluation.truth import read_each
from monitor.models.examples import Example, Known, Told, weekly
from monitor.models.labels import TOLD, Label, LabelsError, named, read
from monitor.replay import read_whole
from monitor.settings import Settings
from monitor.simulation.labels import AccountLabel, IncidentLabel

SUFFIX = ".ndjson.xz"
DIGITS = 4
"""To which a feature is kept."""
EVERY = 2
"""Of accounts of one person, whose weeks look alike, one week in so many is kept, and the last."""
_PACKAGE = Path(__file__).parent.parent
_decode = msgspec.msgpack.Decoder(Event).decode


def shipped() -> dict[str, list[Label]]:
    """The rows that Vigie is shipped with, by who wrote the worlds. Raises LabelsError, OSError."""
    places = (_PACKAGE / "shipped" / "examples", _PACKAGE.parent / "data" / "examples")
    for place in places:
        if place.is_dir():
            found = sorted(place.glob(f"*{SUFFIX}"))
            return {path.name.removesuffix(SUFFIX): read(path) for path in found}
    raise LabelsError(f"the shipped examples are in none of {', '.join(map(str, places))}")


def gather(
    log: str,
    truth: Path,
    settings: Settings,
    enricher: Enricher,
    form: str = "auto",
    told: Told = lambda _: None,
) -> Iterator[Label]:
    """The rows of a labelled log; `truth` is a folder as `vigie simulate --labels` writes it.

    `told` is called with every day that is over. Raises LabelsError, SourceError,
    UnknownFormatError.
    """
    known = Known(
        read_each(truth / "accounts.ndjson", AccountLabel),
        read_each(truth / "incidents.ndjson", IncidentLabel),
    )
    events = _events(log, settings, enricher, form)
    if not events:
        return
    start = events[0].time // DAY * DAY
    days = ceil((events[-1].time - start) / DAY)
    prefix = str(Path(log).resolve())
    found = weekly(events, known, prefix, start, days, told)
    last = {example.group: example.week for example in found}
    for one in found:
        if one.shared or one.week % EVERY == 0 or one.week == last[one.group]:
            yield _label(one, start + one.week * 7 * DAY)


def _label(example: Example, at: int) -> Label:
    values = [value if isnan(value) else round(value, DIGITS) for value in example.features]
    return Label(
        digest(example.group, size=8).hex(),
        digest(example.tenant, size=8).hex(),
        at,
        TOLD,
        example.shared,
        example.rich,
        named(values),
        example.persona,
        example.strategy,
        example.week,
    )


def _events(log: str, settings: Settings, enricher: Enricher, form: str) -> list[Event]:
    read, _ = read_whole((log,), assembly.form_of(settings, form), settings.tenant)
    events = (_decode(one.body) for one in read)
    return [enricher.enrich(event) for event in events if event.account]
