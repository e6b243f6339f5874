"""Somebody who knows the password, and is not the owner."""

from detectors.core.event import MINUTE, SECOND
from monitor.simulation.acts import FACTOR_ENABLE, PASSWORD_RESET, Act, slip
from monitor.simulation.agents import Machine, user_agent
from monitor.simulation.misdeeds.scene import ABROAD, Scene, Strategy
from monitor.simulation.world import Person

BEHAVIOUR = "account_takeover"
RATE = 10.0
_HOSTED_AT_HOME = ("Paris", "Roubaix")


def _abroad(scene: Scene) -> list[Act]:
    """From a home in a country that the owner has nothing to do with, on another machine."""
    _, ip, machine = scene.stranger("fixed", scene.dice.choice(ABROAD))
    return _break_in(scene, ip, machine, mfa=False)


def _hosted(scene: Scene) -> list[Act]:
    """From a rented server in France, so that the country tells nothing."""
    _, ip, machine = scene.stranger("hosting", scene.dice.choice(_HOSTED_AT_HOME))
    return _break_in(scene, ip, machine, mfa=False)


def _phished(scene: Scene) -> list[Act]:
    """Through a relaying page just after its owner signed in, second factor and all."""
    _, ip, machine = scene.stranger("hosting", scene.dice.choice(("Amsterdam", "Frankfurt")))
    found = scene.working(1)
    if not found:
        return []
    start = max(scene.start, found[0].start + round(scene.dice.uniform(1, 5) * MINUTE))
    return scene.use(start, start + scene.lasting(30, 90), machine, ip, mfa=True, closes=0.2)


def _break_in(scene: Scene, ip: str, machine: Machine, *, mfa: bool) -> list[Act]:
    rng = scene.dice
    agent = user_agent(machine, scene.start)
    start = scene.start + 90 * SECOND
    acts = slip(rng, scene.person, start, ip, agent, rng.choice((0, 0, 1, 2)), scene.id)
    end = start + scene.lasting(20, 60)
    acts += scene.use(start, end, machine, ip, mfa=mfa, closes=0.2, pace=3.0)
    if rng.random() < 0.4:
        activity = rng.choice((PASSWORD_RESET, FACTOR_ENABLE))
        moment = start + 15 * SECOND
        acts.append(
            Act(moment, scene.person, activity, None, None, ip, agent, cause=scene.id, change=True)
        )
    if not scene.hurry and rng.random() < 0.5:
        again = end + scene.lasting(300, 1_400)
        acts += scene.use(again, again + scene.lasting(20, 60), machine, ip, mfa=mfa, closes=0.2)
    return acts


def _has_a_password_only(person: Person) -> bool:
    return person.mfa is None and person.place in {"floor", "home", "desk"}


def _has_a_second_factor(person: Person) -> bool:
    return person.mfa is not None and person.place in {"floor", "home", "desk"}


STRATEGIES = (
    Strategy("abroad", _abroad, _has_a_password_only),
    Strategy("hosted", _hosted, _has_a_password_only),
    Strategy("phished", _phished, _has_a_second_factor),
)
