"""Features of one sign-in: clipped, named in both languages, missing where nothing tells."""

from collections.abc import Iterable
from math import isnan

from detectors.core.context import Context
from detectors.core.event import Event, SignIn
from detectors.core.finding import Finding
from detectors.core.identity import Subject
from detectors.core.population import SHIPPED, Shares
from detectors.core.profile import Profile
from detectors.takeover.features import FEATURES, vector
from detectors.unusual_sign_in import State, UnusualSignIn, look
from tests.detectors.story import CHROME, LINUX, LYON, MOSCOW, Story, run

NAMES = [feature.name for feature in FEATURES]


class Looking(UnusualSignIn):
    """Keeps the features of what is weighed, in place of a finding."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[tuple[float, ...]] = []

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        assert isinstance(event, SignIn)
        seen = look(event, subject, state, profile, context)
        if seen is not None:
            self.values.append(vector(seen))
        return ()


def named(story: Story, context: Context | None = None) -> dict[str, float]:
    """The features of the last sign-in that shows something new, by their names."""
    looking = Looking()
    run(looking, story.sorted(), context or Context())
    return dict(zip(NAMES, looking.values[-1], strict=True))


def abroad(minute: int = 600) -> Story:
    return Story().work(range(10), LYON, CHROME).sign_on(10, minute, MOSCOW, LINUX, "x")


def test_names_are_unique_and_words_are_in_both_languages() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert all(f.words.en and f.words.fr and f.unit and f.most > 0 for f in FEATURES)


def test_what_a_stranger_shows() -> None:
    values = named(abroad())
    assert values["new_device"] == 1
    assert values["surprise"] > 3
    assert values["own_past"] > 1
    assert values["masked"] == values["night"] == 0


def test_by_night_and_beyond_reach() -> None:
    assert named(abroad(180))["night"] == 1
    story = Story().work(range(11), LYON, CHROME).sign_on(10, 700, MOSCOW, LINUX, "x")
    values = named(story)
    assert values["present"] > 0.5
    assert values["reach"] > 6


def test_what_nobody_counted_is_missing_and_what_was_counted_tells() -> None:
    values = named(abroad())
    assert all(isnan(values[name]) for name in ("provider", "country", "colleagues"))
    shares = Shares(1000.0, countries={"FR": 1000.0}, networks={"1": 1000.0})
    context = Context(populations={"acme": SHIPPED.shared_by("1", shares)})
    assert named(abroad(), context)["country"] > 5


def test_values_are_clipped() -> None:
    values = named(abroad(180))
    for feature in FEATURES:
        value = values[feature.name]
        assert isnan(value) or 0 <= value <= feature.most
