"""What is shown of a log before it is taken is what the engine would make of it."""

from functools import cache

from monitor.assembly import open_trying
from monitor.services.trying import SHOWN, Trying
from monitor.settings import Settings

NOW = 1_790_000_000_000
GOOD = b"Sep 21 10:00:0%d web sshd[7]: Accepted password for ann from 192.0.2.7 port 22 ssh2"
BAD = b"Sep 21 11:%02d:%02d web sshd[7]: Failed password for ann from 203.0.113.9 port 22 ssh2"
OTHER = b"Sep 21 10:00:01 web cron[1]: (root) CMD (true)"


@cache
def trying() -> Trying:
    return open_trying(Settings())


def test_lines_are_read_counted_and_shown_masked() -> None:
    lines = [GOOD % 1, OTHER, b"no line of anything", *[GOOD % 2] * 20]
    trial = trying().try_lines(lines, trying().form("auto", "UTC"), NOW, "en")
    assert (trial.lines, trial.events, trial.others, trial.unread) == (23, 21, 1, 1)
    assert trial.formats == {"sshd": 21}
    assert list(trial.reasons.values()) == [1]
    assert trial.is_readable
    assert trial.since is not None
    assert len(trial.shown) == SHOWN
    first, other, unread = trial.shown[:3]
    assert (first.format, first.account, first.ip) == ("sshd", "ann", "192.0.2.7")
    assert (other.time, other.reason) == (None, "")
    assert unread.reason
    assert "192.0.2.7" not in first.line, "as rejects are shown"


def test_what_is_found_in_them_is_told_in_the_readers_language() -> None:
    lines = [BAD % (number // 60, number % 60) for number in range(200)]
    form = trying().form("sshd", "UTC")
    english = trying().try_lines(lines, form, NOW, "en")
    french = trying().try_lines(lines, form, NOW, "fr")
    assert english.incidents
    assert english.incidents[0].subject
    assert english.incidents[0].sentence != french.incidents[0].sentence
    assert english.incidents[0].severity == french.incidents[0].severity


def test_a_tenant_and_a_zone_are_heeded() -> None:
    paris = trying().try_lines([GOOD % 1], trying().form("sshd", "Europe/Paris"), NOW, "en", "acme")
    utc = trying().try_lines([GOOD % 1], trying().form("sshd", "UTC"), NOW, "en")
    assert paris.tenants == ("acme",)
    assert utc.tenants == ("default",)
    assert paris.since is not None
    assert utc.since is not None
    assert utc.since - paris.since == 2 * 3_600_000


def test_nothing_in_them_is_said_plainly() -> None:
    trial = trying().try_lines([b"hello"], trying().form("auto", "UTC"), NOW, "en")
    assert not trial.is_readable
    assert trial.incidents == ()
