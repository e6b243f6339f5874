"""The published score: what is the user's is below zero, what is not above."""

from detectors.core.freeman import freeman
from detectors.core.population import SHIPPED
from detectors.core.profile import Profile
from tests.detectors.core.test_novelty import SETTLED, sign_in
from tests.detectors.story import CHROME, LINUX, LYON, MAC, MOSCOW, NOWHERE, PARIS


def test_the_owner_is_like_the_owner() -> None:
    assert freeman(sign_in(LYON, CHROME), SETTLED, SHIPPED) < -2.0


def test_the_less_alike_the_higher() -> None:
    own = freeman(sign_in(LYON, CHROME), SETTLED, SHIPPED)
    device = freeman(sign_in(LYON, LINUX), SETTLED, SHIPPED)
    both = freeman(sign_in(PARIS, LINUX), SETTLED, SHIPPED)
    abroad = freeman(sign_in(MOSCOW, LINUX), SETTLED, SHIPPED)
    assert own < device < both < abroad
    assert abroad > 0.0


def test_a_system_seen_before_backs_off_to_it() -> None:
    assert freeman(sign_in(LYON, MAC), SETTLED, SHIPPED) < 0.0


def test_values_never_seen_have_a_share_even_for_nobody() -> None:
    assert abs(freeman(sign_in(MOSCOW, LINUX), Profile(), SHIPPED)) < 10.0


def test_what_the_log_leaves_out_says_nothing() -> None:
    assert freeman(sign_in(NOWHERE, None), SETTLED, SHIPPED) == 0.0
