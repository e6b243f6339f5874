"""Populations as the engine has them: counted by day, used two days later, of people alone."""

from detectors.core.event import DAY
from monitor.models.populations import Populations
from tests.detectors.story import CHROME, LYON, SCRIPT, Story


def counted(story: Story, until: int) -> Populations:
    populations = Populations()
    day = -1
    for event in story.sorted():
        if event.time // DAY != day:
            day = event.time // DAY
            populations.begin(day)
        populations.count(event)
    populations.begin(day + until)
    return populations


def floor(device) -> Story:
    """Many sign-ons from one office on four days."""
    whole = Story()
    for number in range(40):
        one = Story(f"agent{number}")
        for day in range(4):
            one.sign_on(day, 480 + number, LYON, device)
        whole.events += one.events
    return whole


def test_an_office_is_known_two_days_later_and_not_before() -> None:
    assert counted(floor(CHROME), 3).context.population("acme").is_seat(LYON.ip)
    assert not counted(floor(CHROME), 0).context.population("acme").is_seat(LYON.ip)


def test_programs_and_other_tenants_are_not_counted() -> None:
    assert not counted(floor(SCRIPT), 3).context.population("acme").is_seat(LYON.ip)
    assert not counted(floor(CHROME), 3).context.population("other").is_seat(LYON.ip)
