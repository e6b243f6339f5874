"""Lines by the million: a large, mostly honest population, cheap enough to drive a benchmark.

Every account works a shift in turn: it signs in, is active among all that are on duty, and signs
out. Three in a hundred lines are wrong passwords, a few of them a botnet's.
"""

from collections.abc import Iterator

from detectors.core.event import DAY, HOUR
from monitor.simulation import networks
from monitor.simulation.agents import Machine, user_agent
from monitor.simulation.chance import dice
from monitor.simulation.world import cities

FAILURES = 0.03
"""The share of lines that are wrong passwords."""
_LOGONS = 0.05
_ON_DUTY = 0.4
_OFFICE_SIZE = 60
_AT_HOME = 4
"""One account in so many works at home."""
_TENANT_SIZE = 200
_ROUND = 1 << 16
_MACHINES = (
    Machine("Chrome", "Windows", 3),
    Machine("Edge", "Windows", 6),
    Machine("Chrome", "Windows", 20),
    Machine("Firefox", "Windows", 2),
    Machine("Safari", "Mac", 4),
    Machine("Chrome", "Android", 9),
    Machine("Safari", "iPhone", 8),
)
_SHARES = (40, 22, 12, 8, 6, 7, 5)
_USE = (
    b'{"class_uid":3002,"category_uid":3,"type_uid":%d,"activity_id":%d,"severity_id":1,'
    b'"time":%d,"status_id":1,"user":{"uid":"usr-%07d","name":"user%d"},'
    b'"session":{"uid":"%08x%08x"},"src_endpoint":{"ip":"%b"},"http_request":{"user_agent":"%b"},'
    b'"service":{"name":"CallCenterRate"},"metadata":{"version":"1.6.0","product":{"name":'
    b'"CallCenterRate Identity","vendor_name":"Confluent Digital"},"uid":"%016x",'
    b'"tenant_uid":"tenant-%d"}}'
)
_FAILURE = (
    b'{"class_uid":3002,"category_uid":3,"type_uid":300201,"activity_id":1,"severity_id":1,'
    b'"time":%d,"status_id":2,"status_detail":"INVALID_CREDENTIALS","user":{"uid":"usr-%07d",'
    b'"name":"user%d"},"src_endpoint":{"ip":"%b"},"http_request":{"user_agent":"%b"},'
    b'"service":{"name":"CallCenterRate"},"metadata":{"version":"1.6.0","product":{"name":'
    b'"CallCenterRate Identity","vendor_name":"Confluent Digital"},"uid":"%016x",'
    b'"tenant_uid":"tenant-%d"}}'
)


def bulk(
    seed: int, events: int, accounts: int, start: int = 1_750_000_000_000, span: int = DAY
) -> Iterator[bytes]:
    """So many OCSF lines (without newlines) of so many accounts, from `start` over `span` ms.

    In order of time; the same for the same arguments. ValueError when there is nobody or nothing.
    """
    if accounts < 1 or events < 0 or span < 1:
        raise ValueError(f"{events} events of {accounts} accounts in {span} ms are none")
    return _lines(seed, events, accounts, start, span)


def _lines(seed: int, events: int, accounts: int, start: int, span: int) -> Iterator[bytes]:
    rng = dice(seed, "bulk", accounts)
    draw = rng.random
    offices, homes, botnet = _addresses(seed, accounts)
    agents = _agents(seed, start)
    on_duty = max(1, round(accounts * _ON_DUTY))
    per_event = min(_LOGONS, accounts * span / DAY / max(events, 1))
    head = on_duty
    due = 0.0
    leaving = 0
    for number in range(events):
        time = start + number * span // events
        due += per_event
        if due >= 1.0:
            due -= 1.0
            who, activity = head % accounts, 1
            turn = head // accounts
            head += 1
            leaving += 1
        elif leaving and draw() < _LOGONS:
            leaving -= 1
            position = head - on_duty - leaving - 1
            who, activity, turn = position % accounts, 2, position // accounts
        else:
            position = head - 1 - int(draw() * on_duty)
            who, turn = position % accounts, position // accounts
            lot = draw()
            if lot < FAILURES:
                mixed = who * 2_654_435_761 & 0xFFFFFFFF
                ip = botnet[mixed % len(botnet)] if lot < FAILURES / 10 else homes[mixed % _ROUND]
                yield _FAILURE % (
                    time,
                    who,
                    who,
                    ip,
                    agents[mixed % len(agents)],
                    number,
                    who // _TENANT_SIZE,
                )
                continue
            activity = 5 if lot < 0.4 else 99
        mixed = who * 2_654_435_761 & 0xFFFFFFFF
        ip = homes[mixed % _ROUND] if who % _AT_HOME == 0 else offices[who // _OFFICE_SIZE]
        yield _USE % (
            300_200 + activity,
            activity,
            time,
            who,
            who,
            mixed,
            turn & 0xFFFFFFFF,
            ip,
            agents[mixed % len(agents)],
            number,
            who // _TENANT_SIZE,
        )


def _addresses(seed: int, accounts: int) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """An address for every office, a round of homes, and a botnet's."""
    rng = dice(seed, "bulk addresses")
    fixed = [r for city in cities() for r in networks.ranges("fixed", city)]
    offices = [
        networks.address(rng, rng.choice(fixed)).encode()
        for _ in range(accounts // _OFFICE_SIZE + 1)
    ]
    hosts = [f"{p}.".encode() for r in fixed for p in r.prefixes]
    homes = [
        hosts[rng.randrange(len(hosts))] + str(rng.randrange(1, 255)).encode()
        for _ in range(_ROUND)
    ]
    abroad = networks.ranges("fixed", "Hanoi") + networks.ranges("fixed", "Lagos")
    botnet = [networks.address(rng, rng.choice(abroad)).encode() for _ in range(500)]
    return offices, homes, botnet


def _agents(seed: int, start: int) -> list[bytes]:
    rng = dice(seed, "bulk agents")
    machines = rng.choices(_MACHINES, _SHARES, k=97)
    return [user_agent(machine, start - rng.randrange(48) * HOUR).encode() for machine in machines]
