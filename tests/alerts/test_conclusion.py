"""Conclusions: tables of what evidence comes to, and the edges of the bands."""

from math import log
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.assessment import AssessmentParameters, Scales
from alerts.conclusion import ATTACKS, WAYS_OF_TAKING_OVER, ConclusionParameters, conclude
from alerts.incident import Category
from detectors.core.finding import Finding, Severity, Theme
from tests.alerts.evidence import found, many

EVEN = AssessmentParameters(
    prior_roaming=-50.0, prior_shared=-50.0, prior_taken_over=-50.0, prior_attack=0.0
)


def scales_of(*findings: Finding, prior: AssessmentParameters | None = None) -> Scales:
    scales = Scales(prior or AssessmentParameters())
    for one in findings:
        scales.add(one)
    return scales


def logit(probability: float) -> float:
    return log(probability / (1 - probability))


USE = [
    # shared, taken over (nats) -> category, severity, confidence
    (0.0, 0.0, Category.SUSPICIOUS_ACCESS, Severity.INFORMATIONAL, 3),
    (3.0, 3.0, Category.SUSPICIOUS_ACCESS, Severity.LOW, 39),
    (4.0, 0.0, Category.CREDENTIAL_SHARING, Severity.LOW, 52),
    (5.0, 0.0, Category.CREDENTIAL_SHARING, Severity.MEDIUM, 75),
    (6.0, 0.0, Category.CREDENTIAL_SHARING, Severity.MEDIUM, 89),
    (6.0, 6.0, Category.CREDENTIAL_SHARING, Severity.HIGH, 58),
    (0.0, 6.0, Category.ACCOUNT_TAKEOVER, Severity.HIGH, 83),
    (2.0, 6.0, Category.ACCOUNT_TAKEOVER, Severity.HIGH, 81),
]


@pytest.mark.parametrize(("shared", "taken_over", "category", "severity", "confidence"), USE)
def test_what_evidence_about_use_comes_to(
    shared: float, taken_over: float, category: Category, severity: Severity, confidence: int
) -> None:
    conclusion = conclude(scales_of(found(shared=shared, taken_over=taken_over)), Theme.USE)
    assert conclusion[:2] == (category, severity)
    assert round(100 * conclusion.probability) == confidence


BANDS = [
    (0.34, Severity.INFORMATIONAL),
    (0.36, Severity.LOW),
    (0.69, Severity.LOW),
    (0.71, {"shared": Severity.MEDIUM, "taken_over": Severity.HIGH}),
    (0.89, {"shared": Severity.MEDIUM, "taken_over": Severity.HIGH}),
    (0.91, Severity.HIGH),
    (0.98, Severity.HIGH),
    (0.9999, Severity.HIGH),
]


@pytest.mark.parametrize("name", ["shared", "taken_over"])
@pytest.mark.parametrize(("bad", "severity"), BANDS)
def test_the_bands_of_use(name: str, bad: float, severity: Severity | dict[str, Severity]) -> None:
    prior = AssessmentParameters(
        prior_roaming=-50.0,
        prior_shared=logit(bad) if name == "shared" else -50.0,
        prior_taken_over=logit(bad) if name == "taken_over" else -50.0,
    )
    expected = severity[name] if isinstance(severity, dict) else severity
    assert conclude(Scales(prior), Theme.USE).severity is expected


@pytest.mark.parametrize(
    ("attack", "severity"),
    [
        (0.34, Severity.INFORMATIONAL),
        (0.36, Severity.LOW),
        (0.69, Severity.LOW),
        (0.71, Severity.MEDIUM),
        (0.94, Severity.MEDIUM),
        (0.96, Severity.HIGH),
        (0.9999, Severity.HIGH),
    ],
)
def test_the_bands_of_an_attack(attack: float, severity: Severity) -> None:
    conclusion = conclude(Scales(AssessmentParameters(prior_attack=logit(attack))), Theme.ATTACK)
    assert conclusion.severity is severity
    assert conclusion.probability == pytest.approx(attack)


def test_a_band_begins_at_its_number() -> None:
    even = Scales(EVEN)
    assert even.attack() == 0.5
    at = ConclusionParameters(attack_low=0.35, attack_medium=0.5, attack_high=0.95)
    assert conclude(even, Theme.ATTACK, at).severity is Severity.MEDIUM


@pytest.mark.parametrize(
    ("detector", "category"),
    [
        ("session_hijacking", Category.SESSION_HIJACKING),
        ("mfa_fatigue", Category.ACCOUNT_TAKEOVER),
        ("impossible_travel", Category.ACCOUNT_TAKEOVER),
        ("credential_stuffing", Category.ACCOUNT_TAKEOVER),
        ("brute_force", Category.ACCOUNT_TAKEOVER),
        ("account_takeover", Category.ACCOUNT_TAKEOVER),
        ("credential_sharing", Category.ACCOUNT_TAKEOVER),
        ("login_flood", Category.ACCOUNT_TAKEOVER),
    ],
)
def test_how_it_was_taken_over_is_what_speaks_most_for_it(
    detector: str, category: Category
) -> None:
    strong = found(detector=detector, group="a", taken_over=5.0)
    weak = found(detector="session_hijacking", group="b", taken_over=3.0)
    # What speaks for another explanation does not say how it was taken over.
    beside = found(detector="mfa_fatigue", group="c", shared=1.0, taken_over=0.5, attack=6.0)
    assert conclude(scales_of(strong, weak, beside), Theme.USE).category is category


@pytest.mark.parametrize(
    ("detector", "category"),
    [
        ("brute_force", Category.BRUTE_FORCE),
        ("password_spraying", Category.PASSWORD_SPRAYING),
        ("credential_stuffing", Category.CREDENTIAL_STUFFING),
        ("account_enumeration", Category.ACCOUNT_ENUMERATION),
        ("mfa_fatigue", Category.MFA_FATIGUE),
        ("limit_evasion", Category.LIMIT_EVASION),
        ("login_flood", Category.OVERLOAD),
        ("automation", Category.AUTOMATED_ATTACK),
        ("anonymous_network", Category.SUSPICIOUS_ACCESS),
        ("credential_sharing", Category.SUSPICIOUS_ACCESS),
        ("session_hijacking", Category.SUSPICIOUS_ACCESS),
        ("not_yet_written", Category.SUSPICIOUS_ACCESS),
    ],
)
def test_an_attack_is_called_after_what_speaks_most_for_it(
    detector: str, category: Category
) -> None:
    strong = found(detector=detector, group="a", attack=4.0)
    weak = found(detector="brute_force", group="b", attack=2.0)
    assert conclude(scales_of(strong, weak), Theme.ATTACK).category is category


def test_an_attack_that_nothing_speaks_for_is_only_suspicious() -> None:
    conclusion = conclude(Scales(), Theme.ATTACK)
    assert conclusion[:2] == (Category.SUSPICIOUS_ACCESS, Severity.INFORMATIONAL)


@given(many)
def test_each_theme_keeps_to_its_categories(given: list[Finding]) -> None:
    scales = scales_of(*given)
    use = conclude(scales, Theme.USE)
    assert use.category in WAYS_OF_TAKING_OVER | {
        Category.CREDENTIAL_SHARING,
        Category.ACCOUNT_TAKEOVER,
        Category.SUSPICIOUS_ACCESS,
    }
    attack = conclude(scales, Theme.ATTACK)
    assert attack.category in ATTACKS | {Category.SUSPICIOUS_ACCESS}
    assert attack.severity is not Severity.CRITICAL
    for conclusion in (use, attack):
        assert 0.0 <= conclusion.probability <= 1.0 + 1e-12


@given(many)
def test_a_reviewer_is_only_called_for_a_named_conclusion_about_use(given: list[Finding]) -> None:
    conclusion = conclude(scales_of(*given), Theme.USE)
    if conclusion.severity >= Severity.MEDIUM:
        assert conclusion.category is not Category.SUSPICIOUS_ACCESS


@given(many, st.booleans())
def test_a_model_is_never_the_only_ground(given: list[Finding], allowed: bool) -> None:
    with_it = conclude(scales_of(*given), Theme.USE, sharing_is_allowed=allowed)
    without = scales_of(*(one for one in given if not one.evidence.learned))
    shared, taken_over = without.posterior()[2:]
    bad = taken_over if allowed else shared + taken_over
    if bad < ConclusionParameters().use_grounds:
        assert with_it.severity <= Severity.LOW


@given(many, st.randoms())
def test_what_models_say_is_left_out_in_any_order(given: list[Finding], rng: Random) -> None:
    plain = scales_of(*(one for one in given if not one.evidence.learned))
    rng.shuffle(given)
    unlearned = scales_of(*given).unlearned()
    assert unlearned.posterior() == plain.posterior()
    assert conclude(unlearned, Theme.USE) == conclude(plain, Theme.USE)


def test_a_model_may_tip_the_balance_and_not_more() -> None:
    rule = found(group="overlap", shared=4.0)
    model = found(detector="account_sharing", group="people", shared=4.0, learned=True)
    assert conclude(scales_of(rule), Theme.USE).severity is Severity.LOW
    assert conclude(scales_of(rule, model), Theme.USE).severity is Severity.HIGH
    for certain in (3.0, 6.0):
        alone = found(group="people", shared=certain, learned=True)
        again = found(group="hours", shared=certain, learned=True)
        assert conclude(scales_of(alone, again), Theme.USE).severity <= Severity.LOW
    against = found(group="people", shared=-2.0, learned=True)
    strong = found(group="overlap", shared=5.1)
    assert conclude(scales_of(strong), Theme.USE).severity is Severity.MEDIUM
    assert conclude(scales_of(strong, against), Theme.USE).severity is Severity.INFORMATIONAL


@given(st.sampled_from(["a", "b"]), st.sampled_from(list(Severity)))
def test_no_finding_s_own_grade_has_a_say(group: str, grade: Severity) -> None:
    one = found(group=group, shared=5.0)
    graded = msgspec.structs.replace(one, severity=grade)
    assert conclude(scales_of(graded), Theme.USE) == conclude(scales_of(one), Theme.USE)


@pytest.mark.parametrize(
    "bands",
    [
        {"use_low": 0.8},
        {"use_critical": 1.1},
        {"use_low": -0.1},
        {"attack_medium": 0.1},
        {"attack_high": float("nan")},
        {"use_medium": float("nan")},
    ],
)
def test_bands_that_do_not_rise_are_refused(bands: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="bands must rise"):
        ConclusionParameters(**bands)


@pytest.mark.parametrize(("bad", "severity"), [(0.96, Severity.HIGH), (0.98, Severity.CRITICAL)])
def test_a_takeover_is_critical_only_where_the_settings_say_from_when(
    bad: float, severity: Severity
) -> None:
    prior = AssessmentParameters(
        prior_roaming=-50.0, prior_shared=-50.0, prior_taken_over=logit(bad)
    )
    parameters = ConclusionParameters(use_critical=0.97)
    assert conclude(Scales(prior), Theme.USE, parameters).severity is severity


def test_a_takeover_is_as_severe_at_first_sight_as_when_all_doubt_is_gone() -> None:
    """So that the time at which it reached its severity is when a reviewer was called."""
    at_first = conclude(scales_of(found(taken_over=6.0)), Theme.USE)
    later = conclude(
        scales_of(found(taken_over=6.0), found(group="other", taken_over=6.0)), Theme.USE
    )
    assert at_first.severity is later.severity is Severity.HIGH
