"""What a report tells: the systems, the logs, and whether what is asked for is reached."""

from monitor.evaluation.intervals import share
from monitor.evaluation.summary import Target, summarise
from monitor.evaluation.truth import SHARING, TAKEOVER
from monitor.evaluation.verdicts import Verdicts
from tests.monitor.evaluation.worlds import called, misdeed, trial, truth


def test_every_system_is_measured_vigie_first() -> None:
    one = trial(truth(misdeed("a"), misdeed("b", TAKEOVER), honest=5), called("a", SHARING, 1))
    one.verdicts.append(Verdicts("panther"))
    summary = summarise([one], "vigie evaluate x")
    assert [system.title for system in summary.systems] == ["Vigie", "Panther"]
    assert summary.vigie.system == "vigie"
    (log,) = summary.logs
    assert (log.accounts, log.honest, log.days) == (7, 5, 7.0)
    assert log.misdeeds == {TAKEOVER: 1, SHARING: 1}
    assert log.events_per_second == 100


def test_targets_are_met_missed_or_untold() -> None:
    one = trial(truth(misdeed("a")), called("a", SHARING, 1))
    met = {target.name: target.is_met for target in summarise([one], "x").targets}
    assert met["sharing_recall"] is True
    assert met["takeover_recall"] is None
    assert met["honest_flagged"] is True
    assert Target("x", 0.95, True, share(9, 10)).is_met is False
    assert Target("x", 0.05, False, share(1, 10)).is_met is False
