"""Each line, from what is known: what stands against a part comes before what it says itself."""

from typing import Any

import pytest
from msgspec import structs

from alerts.ports import Action
from detectors.core.event import DAY, HOUR, MINUTE
from monitor.health import responding
from monitor.health.pulse import Pulse, Who
from monitor.health.rule import Located, abouts
from monitor.services.condition import Readiness, Reason
from monitor.services.machinery_lines import lines_of
from monitor.services.machinery_views import Known, Line, Wellness
from monitor.services.responders import ResponderState
from monitor.store.watching import HealthRow, Inbox, SourceRow

NOW = 1_795_000_000_000
WHO = Who("here", 7, "1.0", NOW - HOUR)
SOURCE = SourceRow(
    id=1,
    name="crm",
    format="ocsf",
    lines=1,
    events=1,
    duplicates=0,
    skipped=0,
    rejected=0,
    late=0,
    last_event=NOW - MINUTE,
    received=NOW,
    lag=0,
)
WELL = Known(
    now=NOW,
    language="en",
    readiness=Readiness(ready=True, engine="alive"),
    pulse=Pulse(time=NOW, who=WHO, caught_up=NOW),
    standby=(),
    responding=responding.Pulse(time=NOW, who=WHO),
    findings=(),
    sources=(SOURCE,),
    inbox=(),
    responders=(),
    backend="sqlite",
    size=5 << 20,
    revision="0015",
    free=9 << 30,
    audited=12,
    located=Located(NOW - DAY, 45),
    backup=NOW - HOUR,
    hygiene=NOW - HOUR,
    retention=NOW - HOUR,
    version="1.0",
)
RESPONDER = ResponderState(
    name="mail",
    kind="mail",
    actions=(Action.NOTIFY,),
    tenants=(),
    failures=0,
    open_until=None,
    succeeded=NOW,
    failed=None,
    reason="",
    oldest=None,
    waiting=0,
    dead=0,
    parked=0,
    done=1,
)


def line(name: str, **changed: Any) -> Line:
    """A line, of something that is otherwise well."""
    known = structs.replace(WELL, **changed)
    return next(one for one in lines_of(known) if one.name == name)


def test_nothing_is_said_of_what_is_well() -> None:
    for language in ("en", "fr"):
        for one in lines_of(structs.replace(WELL, language=language)):
            assert one.wellness in (Wellness.WELL, Wellness.NONE), one
            assert one.seen
            assert not one.remedy


@pytest.mark.parametrize(
    ("name", "changed", "wellness", "said"),
    [
        ("engine", {"pulse": None}, Wellness.UNWELL, "No engine has run"),
        ("engine", {"pulse": Pulse(time=NOW - HOUR, who=WHO)}, Wellness.UNWELL, "tells of itself"),
        ("lag", {"pulse": Pulse(time=NOW, who=WHO)}, Wellness.NOTE, "for the first time"),
        (
            "lag",
            {"pulse": Pulse(time=NOW, who=WHO, caught_up=NOW - HOUR)},
            Wellness.NOTE,
            "reading for 1 hour",
        ),
        ("sources", {"sources": ()}, Wellness.NOTE, "Nothing was read yet"),
        ("responding", {"responding": None}, Wellness.NONE, "never run"),
        (
            "responding",
            {"responding": responding.Pulse(time=NOW - HOUR, who=WHO)},
            Wellness.UNWELL,
            "Does not run",
        ),
        (
            "responders",
            {"responders": (structs.replace(RESPONDER, failures=2, failed=NOW),)},
            Wellness.UNWELL,
            "does not answer: mail",
        ),
        (
            "responders",
            {"responders": (structs.replace(RESPONDER, dead=3),)},
            Wellness.NOTE,
            "orders given up: 3",
        ),
        ("responders", {"responders": (RESPONDER,)}, Wellness.WELL, "1 responder"),
        ("disk", {"free": 5 << 20}, Wellness.UNWELL, "GiB are free"),
        ("location", {"located": Located(NOW - 46 * DAY, 45)}, Wellness.NOTE, "46 days old"),
        ("backup", {"backup": NOW - 8 * DAY}, Wellness.NOTE, "8 days old"),
        ("backlog", {"inbox": (Inbox("crm", 1, 20, 9, NOW - 5),)}, Wellness.WELL, "20 lines"),
        (
            "database",
            {"readiness": Readiness(ready=False, engine="alive", reasons=(Reason("schema", ""),))},
            Wellness.UNWELL,
            "sqlite, 5 MiB",
        ),
    ],
)
def test_each_says_what_is_the_matter(
    name: str, changed: dict[str, Any], wellness: Wellness, said: str
) -> None:
    found = line(name, **changed)
    assert found.wellness is wellness
    assert said in found.seen
    assert bool(found.remedy) is (wellness in (Wellness.UNWELL, Wellness.NOTE)) or name == "lag"


def test_every_kind_of_finding_stands_somewhere() -> None:
    for kind in abouts():
        row = HealthRow("engine", kind, NOW - 5, None, {})
        found = [one for one in lines_of(structs.replace(WELL, findings=(row,))) if one.remedy]
        assert len(found) == 1, kind
        assert found[0].since == NOW - 5
        assert found[0].wellness in (Wellness.UNWELL, Wellness.NOTE)


def test_one_that_no_line_knows_has_its_own() -> None:
    row = HealthRow("engine", "unheard-of", NOW, None, {})
    assert lines_of(structs.replace(WELL, findings=(row,)))[-1].name == "unheard-of"
    twice = [HealthRow(f"source:{n}", "silent", NOW - n, None, {}) for n in range(2)]
    assert "and 1 more" in line("sources", findings=twice).seen
