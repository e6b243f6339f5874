"""From the published sign-in score to Vigie's: each step scores, and what it stops is counted."""

import pytest
from msgspec import structs

from detectors.core.event import SignIn
from monitor.evaluation.baselines.baseline import Baseline, baselines
from monitor.evaluation.steps import ASKED, SIGN_IN_RISK, STEPS, steps, stopped
from monitor.evaluation.trial import Trial
from monitor.evaluation.verdicts import VIGIE, SignIns
from tests.detectors.crowd import attempt, on
from tests.detectors.story import CHROME, LINUX, LYON, LYON_HOME, MOSCOW, Where
from tests.monitor.evaluation.test_ablation import judged


def sign_in(
    day: int, uid: str, at: Where = LYON, device: object = CHROME, hour: float = 9
) -> SignIn:
    event = attempt(on(day, hour), uid, at, device)  # type: ignore[arg-type]
    return structs.replace(event, user_agent=str(device))


def scored(kind: type[Baseline], last: SignIn) -> float:
    """What a step says of a sign-in after a month of ordinary ones."""
    one = kind()
    for day in range(30):
        for uid in ("alice", "bob", "carol"):
            one.observe(sign_in(day, uid))
    said = one.observe(last)
    assert said is not None
    return said.score


@pytest.mark.parametrize("kind", STEPS)
def test_a_stranger_is_riskier_than_the_owner(kind: type[Baseline]) -> None:
    """But without smoothing what nobody has ever used is no riskier than what everybody uses."""
    owner = scored(kind, sign_in(31, "alice"))
    stranger = scored(kind, sign_in(31, "alice", MOSCOW, LINUX, 3))
    assert stranger > owner or kind.name == "bare"


def test_each_step_knows_something_more() -> None:
    by_name = {kind.name: kind for kind in STEPS}
    near = sign_in(31, "alice", LYON_HOME)
    far = sign_in(31, "alice", MOSCOW)
    night = sign_in(31, "alice", hour=3)

    def gap(name: str, one: SignIn, other: SignIn) -> float:
        return scored(by_name[name], one) - scored(by_name[name], other)

    assert gap("placed", far, near) > gap("smoothed", far, near)
    assert gap("timed", night, sign_in(31, "alice")) > gap("placed", night, sign_in(31, "alice"))


def test_steps_are_no_baselines_of_their_own() -> None:
    assert not {kind.name for kind in STEPS} & set(baselines())
    assert len({kind.name for kind in STEPS}) == len(STEPS)


def test_what_is_stopped_for_so_many_asked() -> None:
    """A thousand legitimate ones: at 0.1 % one may be asked, at 0.5 % five, at 2 % twenty."""
    told = SignIns()
    told.legitimate.update({0.0: 980, 1.0: 15, 2.0: 4, 3.0: 1})
    told.stolen.update({0.0: 2, 1.0: 3, 2.0: 4, 3.0: 1})
    assert [one.found for one in stopped([told])] == [1, 5, 8]
    assert [one.total for one in stopped([told, told])] == [20] * len(ASKED)
    assert stopped([])[0].value is None


def test_a_tie_is_asked_whole_or_not_at_all() -> None:
    told = SignIns()
    told.legitimate.update({0.0: 50, 1.0: 50})
    told.stolen.update({1.0: 5})
    assert [one.found for one in stopped([told])] == [0, 0, 0]


def test_they_end_with_vigies_own_score_and_all_of_it() -> None:
    trial = judged()
    trial.steps = {kind.name: SignIns() for kind in STEPS}
    assert [one.name for one in steps([trial])] == [k.name for k in STEPS] + [SIGN_IN_RISK, VIGIE]
    assert steps([Trial("unheard", trial.truth)]) == []


def test_a_trial_without_its_judge_cannot_be_judged_again() -> None:
    trial = judged()
    trial.steps = {kind.name: SignIns() for kind in STEPS}
    trial.judge = None
    with pytest.raises(ValueError, match="judge"):
        steps([trial])
