"""Somebody who asks which accounts there are: names that do not exist, one after the other."""

from detectors.core.event import SECOND
from monitor.simulation import names, networks
from monitor.simulation.acts import BAD_PASSWORD, LOGON, UNKNOWN_USER, Act
from monitor.simulation.agents import Machine, user_agent
from monitor.simulation.misdeeds.scene import ABROAD, Scene, Strategy

BEHAVIOUR = "account_enumeration"
RATE = 10.0


def _dictionary(scene: Scene) -> list[Act]:
    """A dictionary of names from one rented server, within minutes."""
    network = networks.network(scene.dice, "hosting", "Amsterdam")
    return _ask(scene, networks.address(scene.dice, network), 0.4, 2.0)


def _patient(scene: Scene) -> list[Act]:
    """The same from a home abroad, a name every other minute."""
    network = networks.network(scene.dice, "fixed", scene.dice.choice(ABROAD))
    return _ask(scene, networks.address(scene.dice, network), 60.0, 180.0)


def _ask(scene: Scene, ip: str, low: float, high: float) -> list[Act]:
    rng = scene.dice
    tenant = scene.person.tenant.uid
    agent = user_agent(Machine("curl", "Linux", 0), scene.start)
    hurry = 0.2 if scene.hurry else 1.0
    known = rng.randrange(60)
    moment, acts = scene.start, []
    for number in range(rng.randint(60, 200)):
        person = scene.person if number == known else None
        name = None if person is not None else names.name(rng).replace(".", "")
        detail = UNKNOWN_USER if person is None else BAD_PASSWORD
        acts.append(
            Act(
                moment,
                person,
                LOGON,
                detail,
                None,
                ip,
                agent,
                cause=scene.id,
                name=name,
                tenant=tenant,
            )
        )
        moment += round(rng.uniform(low, high) * hurry * SECOND)
    return acts


STRATEGIES = (
    Strategy("dictionary", _dictionary),
    Strategy("patient", _patient),
)
