"""People at home: one machine, an address that changes with the provider's leases, or a VPN."""

from detectors.core.event import DAY, HOUR, MINUTE
from monitor.simulation import agents, networks
from monitor.simulation.acts import Act
from monitor.simulation.calendar import weekday
from monitor.simulation.chance import dice
from monitor.simulation.lives.day import Day, Track, line_address
from monitor.simulation.lives.persona import HOME, Persona


def home_agent_day(day: Day) -> list[Act]:
    """A shift at home, in one piece or two."""
    if day.is_off():
        return []
    start, end = day.span(*day.shift())
    if day.dice.random() < 0.7:
        return _work(day, start, end)
    lunch = start + round((end - start) * day.dice.uniform(0.4, 0.6))
    return _work(day, start, lunch) + _work(day, lunch + HOUR, end + HOUR // 2)


def vpn_user_day(day: Day) -> list[Act]:
    """A shift at home, every other time through a VPN, now and then switched on half-way."""
    if day.is_off():
        return []
    start, end = day.span(*day.shift())
    usual = dice(day.world.seed, "vpn", day.person.number)
    provider = networks.network(usual, "vpn", usual.choice(networks.places("vpn")))
    share = usual.uniform(0.3, 0.95)
    track = day.at_home(start, end)
    lot = day.dice.random()
    if lot < share * 0.75:
        track = [(start, networks.address(day.dice, provider))]
    elif lot < share:
        half = start + (end - start) // 2
        track = [*(t for t in track if t[0] < half), (half, networks.address(day.dice, provider))]
    return day.sitting(start, end, day.program(), track, device="laptop")


def relay_user_day(day: Day) -> list[Act]:
    """Safari's relay: an exit near the country's capital, another one every few hours."""
    if day.is_off():
        return []
    start, end = day.span(*day.shift())
    usual = dice(day.world.seed, "relay", day.person.number)
    place = usual.choice(networks.places("relay"))
    track: Track = []
    moment = start
    while moment < end:
        exits = networks.network(day.dice, "relay", place)
        track.append((moment, networks.address(day.dice, exits)))
        moment += round(day.dice.uniform(0.3, 6.0) * HOUR)
    if day.dice.random() < 0.3:
        half = start + round((end - start) * day.dice.uniform(0.1, 0.9))
        track = [*(t for t in track if t[0] < half), *day.at_home(half, end)]
    machine = agents.Machine("Safari", "Mac", day.machine.lag)
    return day.sitting(start, end, machine, track or day.at_home(start, end), device="laptop")


def tether_user_day(day: Day) -> list[Act]:
    """A laptop on a telephone's connection, whole days long or whenever the Wi-Fi is bad."""
    if day.is_off():
        return []
    rng = day.dice
    start, end = day.span(*day.shift())
    if rng.random() < 0.35:
        return day.sitting(start, end, day.program(), [(start, day.road())], device="laptop")
    track = day.at_home(start, end)
    for _ in range(rng.randint(0, 3)):
        out = start + round((end - start) * rng.uniform(0.05, 0.9))
        back = out + round(rng.uniform(10, 100) * MINUTE)
        after = [(back, day.home()), *(t for t in track if t[0] > back)]
        track = [*(t for t in track if t[0] <= out), (out, day.road()), *after]
    return day.sitting(start, end, day.program(), track, device="laptop")


def background_app_day(day: Day) -> list[Act]:
    """A shift at home, and an application on the telephone that never sleeps, at any hour."""
    rng, person = day.dice, day.person
    usual = dice(day.world.seed, "application", person.number)
    machine = agents.application(usual, day.phone)
    every = usual.uniform(15, 120)
    road = day.road()
    track: Track = [(day.at(0), day.home()), (day.at(rng.uniform(480, 720)), road)]
    for _ in range(rng.randint(0, 3)):
        moment = day.at(rng.uniform(720, 1_150))
        track += [(moment, day.home()), (moment + round(rng.uniform(20, 90) * MINUTE), road)]
    track.append((day.at(rng.uniform(1_160, 1_300)), day.home()))
    track.sort()
    acts = day.sitting(
        day.at(0),
        day.at(0) + DAY - 1,
        machine,
        track,
        device="application",
        closes=0.0,
        mishaps=False,
        pace=every,
    )
    return acts + home_agent_day(day)


def two_homes_day(day: Day) -> list[Act]:
    """Some days of the week in another town: a partner, parents, a second home."""
    if day.is_off():
        return []
    start, end = day.span(*day.shift())
    if not _is_elsewhere(day):
        return _work(day, start, end)
    other = line_address(day.world, day.person.second_home, day.day)
    return day.sitting(start, end, day.program(), [(start, other)], device="laptop")


def multi_device_day(day: Day) -> list[Act]:
    """A laptop, a home computer and a telephone: two are signed in, and one at a time is used."""
    if day.is_off():
        return []
    rng = day.dice
    usual = dice(day.world.seed, "desktop", day.person.number)
    desktop = agents.other_than(usual, day.person.machine, day.person.next_machine)
    start, end = day.span(*day.shift())
    acts: list[Act] = []
    pauses: list[tuple[int, int]] = []
    for _ in range(rng.randint(0, 3)):
        moment = start + round((end - start) * rng.uniform(0.0, 1.0))
        stay = moment + round(rng.uniform(5, 120) * MINUTE)
        machine, device = (desktop, "desktop") if rng.random() < 0.5 else (day.phone, "phone")
        track = day.at_home(moment, stay, device)
        sat = day.sitting(moment, stay, machine, track, device=device, mishaps=False, pauses=pauses)
        acts += sat
        pauses.append((moment, stay))
    track = day.at_home(start, end)
    return acts + day.sitting(start, end, day.program(), track, device="laptop", pauses=pauses)


def _is_elsewhere(day: Day) -> bool:
    """On some days of each second or every week; one travels in the evening or in the night."""
    usual = dice(day.world.seed, "elsewhere", day.person.number)
    days = usual.sample(range(7), usual.randint(2, 4))
    is_every_week = usual.random() < 0.5
    return weekday(day.day) in days and (is_every_week or (day.day + 3) // 7 % 2 == 0)


def _work(day: Day, start: int, end: int) -> list[Act]:
    return day.sitting(start, end, day.program(), day.at_home(start, end), device="laptop")


PERSONAS = (
    Persona("home_agent", home_agent_day, 14.0, HOME),
    Persona("vpn_user", vpn_user_day, 3.0, HOME),
    Persona("relay_user", relay_user_day, 1.5, HOME),
    Persona("tether_user", tether_user_day, 1.5, HOME, held_back=True),
    Persona("background_app", background_app_day, 2.0, HOME),
    Persona("two_homes", two_homes_day, 1.5, HOME, held_back=True),
    Persona("multi_device", multi_device_day, 2.0, HOME),
)
