"""The ladder goes from mild to grave, and the gravest step is nobody's to take alone."""

from alerts.ladder import AUTOMATIC_BY_ITSELF, LADDER, NEEDS_GROUNDS, Step, rung, step_named


def test_every_step_has_its_rung_in_order() -> None:
    assert [one.step for one in LADDER] == list(Step)
    assert all(rung(step).step is step for step in Step)
    assert all(step_named(step.word) is step for step in Step)
    assert step_named("erase") is None


def test_each_says_in_both_languages_what_it_does_and_how_it_is_undone() -> None:
    for one in LADDER:
        for text in (one.title, one.effect, one.undo):
            assert text.en
            assert text.fr
            assert text.en != text.fr
        assert one.aup


def test_nobody_deactivates_alone_and_a_suspension_ends() -> None:
    assert not rung(Step.DEACTIVATE).is_automatic
    assert rung(Step.DEACTIVATE).approvals == 1
    assert rung(Step.SUSPEND).needs_end
    assert AUTOMATIC_BY_ITSELF < Step.SUSPEND
    assert NEEDS_GROUNDS == Step.CHALLENGE + 1
