"""Unusual sign-in: what the model adds, that it is little, and why it says nothing of most."""

from msgspec import structs

from detectors.core.context import AccountKind, Context
from detectors.core.event import Event
from detectors.core.finding import Finding, Severity
from detectors.core.identity import Subject, SubjectKind
from detectors.core.population import SHIPPED, Shares
from detectors.unusual_sign_in import Parameters, UnusualSignIn
from tests.detectors.models import MODELS
from tests.detectors.story import CHROME, IPHONE, LINUX, LYON, MOSCOW, PARIS_MOBILE, Story, run

CONTEXT = Context(models=MODELS)
ALICE = Subject(SubjectKind.ACCOUNT, "acme", "alice")


def found(
    story: Story, parameters: Parameters | None = None, context: Context = CONTEXT
) -> list[Finding]:
    """What unusual_sign_in finds."""
    return run(UnusualSignIn(parameters), story.sorted(), context)


def settled(days: int = 10) -> Story:
    """Ordinary days in Lyon, on one computer."""
    return Story().work(range(days), LYON, CHROME)


def hostile() -> list[Event]:
    """What the contract suite runs: another computer abroad."""
    return settled().sign_on(10, 600, MOSCOW, LINUX, "x").sorted()


HOSTILE = (hostile, lambda: settled().sign_on(10, 180, MOSCOW, LINUX, "x").sorted())


def test_a_stranger_abroad_gets_a_little_more_with_reasons() -> None:
    [said] = found(settled().sign_on(10, 600, MOSCOW, LINUX, "x"))
    assert said.evidence.learned
    assert 0 < said.evidence.weights.taken_over <= Parameters().most_for
    assert said.severity is Severity.INFORMATIONAL
    facts = said.evidence.facts
    assert facts["first"] == "surprise"
    assert facts["first_nats"] > facts["second_nats"] > 0
    assert facts["model"] == "3" * 12


def test_it_is_a_voice_beside_sign_in_risk_and_not_in_its_place() -> None:
    [said] = found(settled().sign_on(10, 600, MOSCOW, LINUX, "x"))
    assert said.evidence.group != "sign_in"


def test_it_never_says_more_than_it_may() -> None:
    [loud] = found(settled().sign_on(10, 180, MOSCOW, LINUX, "x"), Parameters(least=0.0))
    assert loud.evidence.weights.taken_over == 1.0
    assert not found(settled().sign_on(10, 180, MOSCOW, LINUX, "x"), Parameters(most_for=0.0))


def test_it_is_said_once_of_a_device_in_a_network() -> None:
    story = settled().sign_on(10, 600, MOSCOW, LINUX, "x").sign_on(11, 600, MOSCOW, LINUX, "y")
    assert len(found(story)) == 1


def test_the_owner_and_a_phone_on_the_way_are_not_spoken_of() -> None:
    """What shows nothing new is not weighed; what strangers seldom bring scores too little."""
    assert not found(settled().sign_on(10, 600, LYON, CHROME, "x"))
    assert not found(settled().sign_on(10, 600, PARIS_MOBILE, IPHONE, "x"))


def test_a_young_account_and_a_program_are_not_weighed() -> None:
    assert not found(Story().sign_on(0, 600, MOSCOW, LINUX, "x"))
    kinds = {ALICE: AccountKind.SERVICE}
    elsewhere = settled().sign_on(10, 600, MOSCOW, CHROME, "x")
    context = Context(kinds=kinds, models=MODELS)
    assert not found(elsewhere, context=context)


def test_without_its_model_it_is_silent() -> None:
    assert not found(settled().sign_on(10, 600, MOSCOW, LINUX, "x"), context=Context())


def test_what_colleagues_do_counts() -> None:
    """The same sign-in, in a tenant whose people sign on in that country and one where none does:
    a feature that only the population tells."""
    model = MODELS["unusual_sign_in"]
    curves = tuple(
        structs.replace(curve, knots=(0.0, 7.0), values=(0.0, 3.0))
        if curve.name == "country"
        else curve
        for curve in model.curves
    )
    models = {"unusual_sign_in": structs.replace(model, intercept=-3.0, curves=curves)}
    heard = []
    for countries in ({"FR": 900.0, "RU": 600.0}, {"FR": 1500.0}):
        shares = Shares(1500.0, countries=countries)
        population = SHIPPED.shared_by("1", shares)
        context = Context(populations={"acme": population}, models=models)
        free = Parameters(least=0.0, most_for=6.0)
        said = found(settled().sign_on(10, 600, MOSCOW, LINUX, "x"), free, context)
        heard.append(sum(one.evidence.weights.taken_over for one in said))
    assert heard[0] < heard[1]
