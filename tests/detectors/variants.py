"""Honest lives and takeovers, each a way of its own, drawn anew from every seed."""

from collections.abc import Callable
from random import Random

from detectors.core.event import HOUR, MINUTE, SECOND, Activity, Change, FailureReason
from detectors.core.place import Device, Form, NetworkKind
from tests.detectors.lives import (
    DAYS,
    HONEST,
    PHONES,
    TAKEN,
    Draw,
    Life,
    Machine,
    Spot,
    Told,
)

TAKEOVER, HIJACKED, FATIGUE = "account_takeover", "session_hijacking", "mfa_fatigue"
Change_ = Callable[[Life, int], None]


def _register(name: str, change: Change_, **fixed: object) -> None:
    """An honest life in which this happens on some working day."""

    def draw(rng: Random) -> Told:
        life = Life(rng, **fixed)
        day = life.weekday()
        change(life, day)
        return life.told()

    HONEST[name] = draw


def _day_with(act: Callable[[Life, int], None]) -> Change_:
    """An ordinary life with something beside it on that day."""

    def change(life: Life, day: int) -> None:
        life.live()
        act(life, day)

    return change


def _instead(
    spot: Callable[[Life], Spot], machine: Callable[[Life], Machine], days: int
) -> Change_:
    """An ordinary life in which so many working days are spent elsewhere or otherwise."""

    def change(life: Life, day: int) -> None:
        where, what = spot(life), machine(life)
        off = tuple(range(day, day + days))
        life.live(but=off)
        for one in off:
            if life.is_working(one):
                life.day(one, where, what)

    return change


def _new(life: Life) -> Machine:
    return life.stranger()


def _office(life: Life) -> Spot:
    return life.office


def _home(life: Life) -> Spot:
    return life.home


def _line(life: Life) -> Spot:
    """A line that is neither the office's nor the home's."""
    spot = life.line(other_than=life.office)
    same = spot.network == life.home.network and spot.place == life.home.place
    return _line(life) if same else spot


def _look(spot: Callable[[Life], Spot], machine: Callable[[Life], Machine], away: float) -> Change_:
    """A look of some minutes, `away` minutes after the working day began (negative: before)."""

    def act(life: Life, day: int) -> None:
        start = life.at(day, life.begin + away + life.rng.uniform(-20, 20))
        life.sit(start, start + life.rng.randrange(4, 25) * MINUTE, spot(life), machine(life), 3)

    return act


def _nearby(life: Life, day: int) -> Spot:
    """A line of another provider in the town where the owner works on this day."""
    at_home = life.works_at_home and day % 7 in (1, 4)
    place = life.home.place if at_home else life.office.place
    return life.line(other_than=life.home if at_home else life.office)._replace(place=place)


def _private_pc(away: float) -> Change_:
    """A look on a new private computer near where the owner works on this day."""

    def change(life: Life, day: int) -> None:
        _look(lambda one: _nearby(one, day), _new, away)(life, day)

    return _day_with(change)


def _abroad(life: Life) -> Spot:
    return life.abroad()


def _computer(life: Life) -> Machine:
    return life.computer


def _hide(kind: NetworkKind) -> Callable[[Life], Spot]:
    return lambda life: life.hidden(kind)


def _new_phone(life: Life) -> Machine:
    return life.machine(PHONES, other_than=(life.phone,))


# --- honest ---------------------------------------------------------------------------------
for country in ("FR", "MA", "MG"):
    _register(f"ordinary_{country}", lambda life, _: (life.live(), None)[1], country=country)
    _register(f"new_laptop_{country}", _instead(_office, _new, 40), country=country)
    _register(f"first_home_day_private_pc_{country}", _instead(_line, _new, 1), country=country)
    _register(f"home_days_private_pc_{country}", _instead(_line, _new, 4), country=country)
    _register(f"travel_known_laptop_{country}", _instead(_abroad, _computer, 3), country=country)
    _register(f"vpn_on_{country}", _instead(_hide(NetworkKind.VPN), _computer, 2), country=country)
    _register(
        f"relay_on_{country}", _instead(_hide(NetworkKind.RELAY), _computer, 5), country=country
    )
_register("new_laptop_at_home", _instead(_home, _new, 9))
_register(
    "second_browser", _instead(_office, lambda life: life.machine(other_than=(life.computer,)), 1)
)
_register("moved_house", _instead(_line, _computer, 12))
_register("company_server_as_exit", _instead(_hide(NetworkKind.HOSTING), _computer, 3))
_register("hotel_in_the_country", _instead(lambda life: life.line(), _computer, 2))
_register("laptop_tethered", _instead(lambda life: life.mobile(), _computer, 1))
_register("new_laptop_tethered", _instead(lambda life: life.carrier, _new, 1))
_register("evening_at_home", _day_with(_look(_line, lambda life: life.own, 720)))
_register("private_pc_in_the_evening", _private_pc(600))
_register("private_pc_before_work", _private_pc(-75))
_register("phone_first_look_carrier", _day_with(_look(lambda life: life.mobile(), _new_phone, 200)))
_register("phone_first_look_evening", _day_with(_look(lambda life: life.mobile(), _new_phone, 780)))
_register("phone_first_look_home", _day_with(_look(_home, _new_phone, 690)))
_register("phone_first_look_visiting", _day_with(_look(_line, _new_phone, 690)))
_register("phone_roams_abroad", _instead(_abroad, lambda life: life.phone, 2))
_register("phone_on_vpn", _day_with(_look(_hide(NetworkKind.VPN), lambda life: life.phone, 300)))
_register("tor_once_with_own_device", _day_with(_look(_hide(NetworkKind.TOR), _computer, 650)))


def _variant(draw: Draw) -> Draw:
    HONEST[draw.__name__.lstrip("_")] = draw
    return draw


@_variant
def _replaced_phone(rng: Random) -> Told:
    life = Life(rng)
    life.has_phone = True
    life.live(range(12))
    life.phone = life.machine(PHONES, other_than=(life.phone,))
    return life.live(range(12, DAYS)).told()


@_variant
def _travel_with_laptop_and_new_phone(rng: Random) -> Told:
    """The laptop first, in the hotel; then a phone bought there."""
    life = Life(rng)
    day, hotel = life.weekday(), life.abroad()
    life.live(but=(day, day + 1, day + 2))
    for one in range(day, day + 3):
        life.day(one, hotel, life.computer)
    start = life.at(day + 1, life.begin + 200)
    life.sit(start, start + 10 * MINUTE, hotel, life.machine(PHONES), 2)
    return life.told()


@_variant
def _travel_with_both_laptops(rng: Random) -> Told:
    life = Life(rng)
    life.works_at_home = True
    day, hotel = life.weekday(), life.abroad()
    life.live(but=(day, day + 1))
    life.day(day, hotel, life.computer)
    life.day(day + 1, hotel, life.own)
    return life.told()


@_variant
def _vpn_switched_mid_session(rng: Random) -> Told:
    life = Life(rng).live()
    day, vpn = life.weekday(), life.hidden(NetworkKind.VPN)
    start = life.at(day, life.begin + life.length + 60)
    switch = start + rng.randrange(20, 60) * MINUTE
    back = switch + rng.randrange(40, 90) * MINUTE
    moves = ((switch, vpn), (back, life.office))
    life.sit(start, back + HOUR, life.office, life.computer, 4, moves=moves)
    return life.told()


@_variant
def _relay_in_session(rng: Random) -> Told:
    life = Life(rng).live()
    day = life.weekday()
    start = life.at(day, life.begin + life.length + 60)
    moves = tuple(
        (start + n * rng.randrange(10, 20) * MINUTE, life.hidden(NetworkKind.RELAY))
        for n in range(1, 5)
    )
    life.sit(start, start + 3 * HOUR, life.home, life.computer, 4, moves=moves)
    return life.told()


@_variant
def _phone_from_wifi_to_mobile(rng: Random) -> Told:
    life = Life(rng).live()
    for day in range(5, DAYS, 2):
        start = life.at(day, life.begin + life.length + 120)
        moves = tuple(
            (start + n * rng.randrange(3, 9) * MINUTE, life.carrier if n % 2 else life.home)
            for n in range(1, 9)
        )
        life.sit(start, start + HOUR, life.home, life.phone, 2, moves=moves)
    return life.told()


@_variant
def _laptop_from_wifi_to_tethering(rng: Random) -> Told:
    life = Life(rng).live()
    day = life.weekday()
    start = life.at(day, life.begin + life.length + 60)
    moves = tuple(
        (start + n * rng.randrange(4, 12) * MINUTE, life.carrier if n % 2 else life.office)
        for n in range(1, 8)
    )
    life.sit(start, start + 2 * HOUR, life.office, life.computer, 3, moves=moves)
    return life.told()


@_variant
def _laptop_carried_home_in_session(rng: Random) -> Told:
    life = Life(rng).live()
    for day in range(3, DAYS, 3):
        start = life.at(day, life.begin + life.length + 30)
        moves = ((start + rng.randrange(25, 80) * MINUTE, life.home),)
        life.sit(start, start + 3 * HOUR, life.office, life.computer, 5, moves=moves)
    return life.told()


@_variant
def _office_with_two_exits(rng: Random) -> Told:
    """A proxy pool: every few minutes the other exit, from the first day on."""
    life = Life(rng)
    other = life.line(other_than=life.office)._replace(place=life.office.place)
    for day in range(DAYS):
        if not life.is_working(day):
            continue
        start = life.at(day, life.begin)
        end = start + life.length * MINUTE
        moves, time = [], start
        while time < end:
            time += rng.randrange(2, 15) * MINUTE
            moves.append((time, rng.choice((other, life.office))))
        life.sit(start, end, life.office, life.computer, moves=tuple(moves))
    return life.told()


@_variant
def _privacy_addresses(rng: Random) -> Told:
    life = Life(rng).live()
    for day in range(DAYS):
        start = life.at(day, life.begin + life.length + 30)
        moves = tuple(
            (
                start + n * 9 * MINUTE,
                life.home._replace(ip=f"2001:db8:1::{rng.randrange(1 << 16):x}"),
            )
            for n in range(1, 12)
        )
        life.sit(start, start + 2 * HOUR, life.home, life.own, 4, moves=moves)
    return life.told()


@_variant
def _leases(rng: Random) -> Told:
    """Another address of one provider every day, located in one of two towns."""
    life = Life(rng)
    for day in range(DAYS):
        spot = life.home._replace(ip=life.address())
        if rng.random() < 0.2:
            spot = spot._replace(place=life.line().place)
        life.day(day, spot, life.own)
    return life.told()


@_variant
def _leases_and_a_new_laptop(rng: Random) -> Told:
    life = Life(rng)
    change = life.weekday()
    new = life.stranger()
    for day in range(DAYS):
        spot = life.home._replace(ip=life.address())
        if day == change:
            spot = spot._replace(place=life.line().place)
        life.day(day, spot, new if day >= change else life.own)
    return life.told()


@_variant
def _no_user_agents(rng: Random) -> Told:
    life = Life(rng)
    day, other = life.weekday(), life.abroad()
    for one in range(DAYS):
        start = life.at(one, life.begin)
        where = other if one in (day, day + 1) else life.home if one % 3 == 0 else life.office
        life.sit(start, start + life.length * MINUTE, where, None)
    return life.told()


@_variant
def _newcomer(rng: Random) -> Told:
    """Nothing is known yet: a phone, two laptops, two lines, a VPN in the first week."""
    life = Life(rng)
    life.day(14, life.office, life.computer)
    life.day(15, life.home, life.own)
    life.day(16, life.hidden(NetworkKind.VPN), life.stranger())
    life.day(17, life.abroad(), life.machine(PHONES))
    return life.live(range(18, DAYS)).told()


@_variant
def _back_from_leave(rng: Random) -> Told:
    return Life(rng).live(range(5)).live(range(24, 33)).told()


@_variant
def _back_from_leave_new_laptop(rng: Random) -> Told:
    life = Life(rng).live(range(5))
    life.computer = life.stranger()
    return life.live(range(24, 33)).told()


@_variant
def _back_from_leave_phone_first(rng: Random) -> Told:
    life = Life(rng).live(range(5))
    start = life.at(23, 1_100)
    life.sit(start, start + 5 * MINUTE, life.mobile(), life.machine(PHONES), 2)
    return life.live(range(24, 33)).told()


@_variant
def _holiday_look_from_own_phone(rng: Random) -> Told:
    life = Life(rng)
    life.has_phone = True
    life.live(range(9))
    start = life.at(13, 700)
    life.sit(start, start + 5 * MINUTE, life.abroad(), life.phone, 2)
    return life.live(range(18, DAYS)).told()


@_variant
def _night_shift(rng: Random) -> Told:
    life = Life(rng)
    life.begin = 21 * 60
    return life.live().told()


@_variant
def _rotating_shifts(rng: Random) -> Told:
    life = Life(rng)
    for day in range(DAYS):
        life.begin = (300, 780, 1_260)[day // 7 % 3] + rng.randrange(30)
        if life.is_working(day):
            life.day(day)
    return life.told()


@_variant
def _rotating_shifts_first_home_night(rng: Random) -> Told:
    life = Life(rng)
    line, pc = life.line(other_than=life.office), life.stranger()
    for day in range(DAYS):
        life.begin = (300, 780, 1_260)[day // 7 % 3] + rng.randrange(30)
        if life.is_working(day):
            life.day(day, *((line, pc) if day in (15, 18) else ()))
    return life.told()


@_variant
def _service_changes_clouds(rng: Random) -> Told:
    life = Life(rng)
    program = Machine(Device("requests", "python-requests", "Other", Form.SCRIPT), 2)
    time, spot = life.at(0, 0), life.hidden(NetworkKind.HOSTING)
    for step in range(DAYS * 24):
        spot = life.hidden(NetworkKind.HOSTING) if step % 31 == 30 else spot
        spot = spot._replace(ip=life.address())
        life.tell(time + step * HOUR, spot, program, None, Activity.LOGON)
    return life.told()


@_variant
def _hot_desks(rng: Random) -> Told:
    life = Life(rng)
    floor = [life.machine() for _ in range(8)]
    for day in range(DAYS):
        if life.is_working(day):
            life.day(day, life.office, rng.choice(floor))
    return life.told()


@_variant
def _hot_desks_at_two_sites(rng: Random) -> Told:
    life = Life(rng)
    floor = [life.machine() for _ in range(8)]
    other = life.line()
    for day in range(DAYS):
        if life.is_working(day):
            life.day(day, other if rng.random() < 0.2 else life.office, rng.choice(floor))
    return life.told()


@_variant
def _forgotten_password_at_home(rng: Random) -> Told:
    life = Life(rng)
    life.works_at_home = True
    life.live()
    day = life.weekday()
    start = life.at(day, life.begin - 90)
    life.fail(start, life.home, life.own, 4)
    life.change(start + MINUTE, life.home, life.own, Change.PASSWORD)
    life.sit(start + 2 * MINUTE, start + 30 * MINUTE, life.home, life.own)
    return life.told()


@_variant
def _forgotten_password_on_a_new_laptop(rng: Random) -> Told:
    life = Life(rng)
    day = life.weekday()
    life.live(range(day))
    life.computer = life.stranger()
    start = life.at(day, life.begin - 30)
    life.fail(start, life.office, life.computer, 3)
    life.change(start + MINUTE, life.office, life.computer, Change.PASSWORD)
    life.sit(start + 2 * MINUTE, start + 10 * MINUTE, life.office, life.computer)
    life.change(start + 9 * MINUTE, life.office, life.computer, Change.FACTOR_ADDED)
    return life.live(range(day, DAYS)).told()


@_variant
def _two_mistakes_on_a_private_pc(rng: Random) -> Told:
    life = Life(rng)
    day = life.weekday()
    life.live(but=(day,))
    line, pc = life.line(other_than=life.office), life.stranger()
    life.fail(life.at(day, life.begin - 15), line, pc, 2)
    life.day(day, line, pc)
    return life.told()


@_variant
def _phone_does_not_ring(rng: Random) -> Told:
    """The owner's own pushes time out a few times, at the desk and on a private PC."""
    life = Life(rng).live()
    day, pc = life.weekday(), life.stranger()
    line = _nearby(life, day)
    for number in range(5):
        time = life.at(day, life.begin - 30) + number * 50 * SECOND
        life.tell(time, life.office, life.computer, None, Activity.LOGON, FailureReason.MFA_TIMEOUT)
    life.sit(
        life.at(day, life.begin - 20),
        life.at(day, life.begin),
        life.office,
        life.computer,
        mfa=True,
    )
    evening = life.at(day, life.begin + life.length + 60)
    for number in range(2):
        time = evening + number * 50 * SECOND
        life.tell(time, line, pc, None, Activity.LOGON, FailureReason.MFA_TIMEOUT)
    life.sit(evening + 5 * MINUTE, evening + HOUR, line, pc, mfa=True)
    return life.told()


@_variant
def _desktop_left_open_while_at_home(rng: Random) -> Told:
    life = Life(rng)
    day = life.weekday()
    line, pc = life.line(other_than=life.office), life.stranger()
    life.live(but=(day,))
    start = life.at(day - 1, life.begin)
    session = life.session()
    life.tell(start, life.office, life.computer, session, Activity.LOGON)
    for minute in range(5, 2_200, 5):
        life.tell(
            start + minute * MINUTE + rng.randrange(4 * SECOND), life.office, life.computer, session
        )
    life.day(day, line, pc)
    return life.told()


@_variant
def _private_laptop_beside_the_desktop(rng: Random) -> Told:
    """In the office, on the phone's line, by turns with the desktop."""
    life = Life(rng).live()
    day = life.weekday()
    start = life.in_the_shift(day)
    life.sit(start, start + HOUR, life.carrier, life.stranger(), 5)
    return life.told()


@_variant
def _one_session_id_for_ever(rng: Random) -> Told:
    """A log that gives an account one session id: computer, laptop at home, phone."""
    life = Life(rng)
    for day in range(DAYS):
        for start, spot, machine in (
            (life.begin, life.office, life.computer),
            (life.begin + life.length + 60, life.home, life.own),
            (life.begin + 200, life.carrier, life.phone),
        ):
            time = life.at(day, start)
            life.tell(time, spot, machine, "sid", Activity.LOGON)
            for _ in range(12):
                time += round(rng.expovariate(1 / 6) * MINUTE)
                life.tell(time, spot, machine, "sid")
    return life.told()


@_variant
def _update_in_session(rng: Random) -> Told:
    life = Life(rng).live()
    for day in range(DAYS):
        start = life.at(day, life.begin + life.length + 60)
        older = life.session()
        for step in range(10):
            machine = life.computer._replace(version=140 + day + (step > 4))
            life.tell(
                start + step * 5 * MINUTE,
                life.office,
                machine,
                older,
                Activity.LOGON if not step else Activity.OTHER,
            )
    return life.told()


@_variant
def _cross_border(rng: Random) -> Told:
    """Lives in one country and works in the other."""
    life = Life(rng, country="FR")
    life.home = life.line(country="MA")
    life.works_at_home = True
    return life.live().told()


@_variant
def _frequent_traveller(rng: Random) -> Told:
    life = Life(rng)
    for day in range(DAYS):
        if life.is_working(day):
            life.day(
                day, life.abroad() if day > 3 and rng.random() < 0.4 else life.office, life.computer
            )
    return life.told()


@_variant
def _travels_with_phone_roaming(rng: Random) -> Told:
    """The laptop in a hotel abroad, the phone out of the home carrier, all day by turns."""
    life = Life(rng)
    day, hotel = life.weekday(), life.abroad()
    life.live(but=(day, day + 1))
    for one in (day, day + 1):
        life.day(one, hotel, life.computer)
        start = life.in_the_shift(one)
        life.sit(start, start + HOUR, life.carrier, life.phone, 3)
    return life.told()


# --- taken over -----------------------------------------------------------------------------
def _take(
    name: str,
    spot: Callable[[Life], Spot],
    machine: Callable[[Life], Machine],
    *,
    when: str = "any",
    mfa: bool | None = None,
    failures: int = 0,
    change: bool = False,
    **fixed: object,
) -> None:
    """A stranger signs in on some day, `when`: at any hour, at night, while the owner works."""

    def draw(rng: Random) -> Told:
        life = Life(rng, **fixed)
        if mfa is False:
            life.mfa = True
        if when == "shift":
            life.works_at_home = rng.random() < 0.3
        life.live()
        day = life.weekday()
        start = {
            "any": life.at(day, rng.uniform(0, 1_440)),
            "night": life.at(day, life.begin - rng.uniform(330, 420)),
            "shift": life.in_the_shift(day),
        }[when]
        where, what = spot(life), machine(life)
        life.fail(start, where, what, failures)
        end = start + rng.randrange(15, 70) * MINUTE
        life.sit(start, end, where, what, rng.uniform(1.5, 5), mfa=mfa)
        if change:
            kind = rng.choice((Change.PASSWORD, Change.FACTOR_ADDED))
            life.change(start + rng.randrange(20, 240) * SECOND, where, what, kind)
        if rng.random() < 0.4:
            again = end + rng.randrange(300, 1_400) * MINUTE
            life.sit(again, again + rng.randrange(15, 60) * MINUTE, where, what, 3, mfa=mfa)
        return life.told(start, TAKEOVER)

    TAKEN[name] = draw


def _elsewhere(life: Life) -> Spot:
    return life.same_provider_elsewhere()


for where in ("any", "night", "shift"):
    _take(f"abroad_{where}", _abroad, _new, when=where)
    _take(f"hosting_{where}", _hide(NetworkKind.HOSTING), _new, when=where)
    _take(f"vpn_{where}", _hide(NetworkKind.VPN), _new, when=where)
_take("tor", _hide(NetworkKind.TOR), _new)
_take("abroad_after_failures", _abroad, _new, failures=2)
_take("abroad_with_changes", _abroad, _new, change=True)
_take("phished_hosting", _hide(NetworkKind.HOSTING), _new, when="shift", mfa=True)
_take("phished_vpn", _hide(NetworkKind.VPN), _new, when="shift", mfa=True)
_take("phished_abroad", _abroad, _new, when="shift", mfa=True)
_take(
    "phished_with_the_victims_agent", _hide(NetworkKind.HOSTING), _computer, when="shift", mfa=True
)
_take("home_line_in_the_shift", _line, _new, when="shift")
_take("home_line_at_night", _line, _new, when="night")
_take("home_line_after_failures", _line, _new, failures=4)
_take("home_line_with_changes", _line, _new, change=True)
_take("home_line_no_factor", _line, _new, mfa=False)
_take("same_provider_in_the_shift", _elsewhere, _new, when="shift")
_take("same_provider_at_night", _elsewhere, _new, when="night")
_take("same_provider_with_changes", _elsewhere, _new, change=True)
_take("same_provider_no_factor", _elsewhere, _new, mfa=False)
_take("abroad_same_agent_in_the_shift", _abroad, _computer, when="shift")


def _taking(draw: Draw) -> Draw:
    TAKEN[draw.__name__.lstrip("_")] = draw
    return draw


def _storm(rng: Random, spot: Callable[[Life], Spot], low: int, high: int, pause: float) -> Told:
    life = Life(rng)
    life.mfa = True
    life.live()
    start = time = life.at(life.weekday(), rng.uniform(0, 1_440))
    where, what = spot(life), life.stranger()
    for _ in range(rng.randint(low, high)):
        reason = rng.choice((FailureReason.MFA_DENIED, FailureReason.MFA_TIMEOUT))
        life.tell(time, where, what, None, Activity.LOGON, reason)
        time += round(rng.uniform(0.5, 1.5) * pause * SECOND)
    life.sit(time, time + 40 * MINUTE, where, what, 3, mfa=True)
    return life.told(start, FATIGUE)


@_taking
def _storm_abroad(rng: Random) -> Told:
    return _storm(rng, _abroad, 5, 25, 40)


@_taking
def _storm_hosting(rng: Random) -> Told:
    return _storm(rng, _hide(NetworkKind.HOSTING), 5, 25, 60)


@_taking
def _storm_from_a_home_line(rng: Random) -> Told:
    return _storm(rng, _line, 5, 20, 90)


@_taking
def _storm_slow(rng: Random) -> Told:
    return _storm(rng, _abroad, 9, 14, 2_400)


def _dormant(rng: Random, spot: Callable[[Life], Spot]) -> Told:
    life = Life(rng).live(range(8))
    start = life.at(8 + rng.randrange(15, 40), rng.uniform(300, 1_200))
    life.sit(start, start + 50 * MINUTE, spot(life), life.stranger(), 4)
    return life.told(start, TAKEOVER)


@_taking
def _dormant_abroad(rng: Random) -> Told:
    return _dormant(rng, _abroad)


@_taking
def _dormant_home_line(rng: Random) -> Told:
    return _dormant(rng, _line)


@_taking
def _dormant_same_provider(rng: Random) -> Told:
    return _dormant(rng, _elsewhere)


def _poison(rng: Random, spot: Callable[[Life], Spot]) -> Told:
    """Brief looks every few days, and then earnest use beside the owner."""
    life = Life(rng)
    life.live()
    where, what = spot(life), life.stranger()
    start, day = 0, 6
    while day < 19:
        time = life.in_the_shift(day)
        start = start or time
        session = life.session()
        life.tell(time, where, what, session, Activity.LOGON)
        life.tell(time + MINUTE, where, what, session)
        day += rng.randrange(2, 4)
    time = life.in_the_shift(21 if day > 20 else 20)
    life.sit(time, time + 90 * MINUTE, where, what, 3)
    return life.told(start, TAKEOVER)


@_taking
def _poisoned_abroad(rng: Random) -> Told:
    return _poison(rng, _abroad)


@_taking
def _poisoned_home_line(rng: Random) -> Told:
    return _poison(rng, _line)


def _ride(
    rng: Random,
    spot: Callable[[Life], Spot],
    machine: Callable[[Life], Machine],
    *,
    late: bool = False,
) -> Told:
    life = Life(rng)
    life.works_at_home, life.has_phone = False, rng.random() < 0.3
    day = life.weekday()
    life.live(but=(day,))
    begin = life.at(day, life.begin)
    end = begin + life.length * MINUTE
    life.signs_off = 0.0
    session = life.sit(begin, end, life.office, life.computer, min(life.pace, 8))
    start = end + rng.randrange(60, 300) * MINUTE if late else life.in_the_shift(day, 0.15, 0.5)
    where, what = spot(life), machine(life)
    time = start
    for _ in range(rng.randint(10, 30)):
        life.tell(time, where, what, session)
        time += SECOND + round(rng.expovariate(1 / 2) * MINUTE)
    return life.told(start, HIJACKED)


def _steal(
    name: str,
    spot: Callable[[Life], Spot],
    machine: Callable[[Life], Machine],
    *,
    late: bool = False,
) -> None:
    TAKEN[name] = lambda rng: _ride(rng, spot, machine, late=late)


def _script(life: Life) -> Machine:
    return Machine(Device("curl", "curl", "Other", Form.SCRIPT), 8)


def _older(life: Life) -> Machine:
    return life.computer._replace(version=life.computer.version - 1)


_steal("cookie_abroad", _abroad, _new)
_steal("cookie_abroad_late", _abroad, _new, late=True)
_steal("cookie_home_country", _line, _new)
_steal("cookie_same_provider", _elsewhere, _new)
_steal("cookie_script", _hide(NetworkKind.HOSTING), _script)
_steal("cookie_vpn", _hide(NetworkKind.VPN), _new)
_steal("cookie_copied_agent_hosting", _hide(NetworkKind.HOSTING), _computer)
_steal("cookie_copied_agent_abroad", _abroad, _computer)
_steal("cookie_copied_agent_home_country", _line, _computer)
_steal("cookie_copied_agent_vpn", _hide(NetworkKind.VPN), _computer)
_steal("cookie_alike_home_country", _line, _older)
