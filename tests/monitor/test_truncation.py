"""Truncated, an event says where in the world and with what kind of program, and no more."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack, structs

from detectors.core.event import AccountChange, Activity, Answer, Change, Event, Feedback, SignIn
from detectors.core.event import Outcome as Ended
from detectors.core.place import Device, Form, Network, NetworkKind, Place
from monitor.truncation import network_of, truncated

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ONE = SignIn(
    id=bytes(16),
    time=0,
    tenant="t",
    account="a",
    activity=Activity.LOGON,
    outcome=Ended.SUCCESS,
    session="s",
    ip="203.0.113.77",
    user_agent=AGENT,
    place=Place("FR", "Occitanie", "Toulouse", 43.6045, 1.444, 5.0),
    network=Network(64_500, "Example", NetworkKind.FIXED),
    device=Device("5f3a", "Firefox", "Linux", Form.DESKTOP),
)


def test_address_agent_device_and_place_are_made_coarse() -> None:
    assert truncated(ONE) == structs.replace(
        ONE,
        ip="203.0.113.0/24",
        user_agent="Firefox",
        place=Place("FR", "Occitanie", "Toulouse", 44.0, 1.0, 100.0),
        device=Device("", "Firefox", "Linux", Form.DESKTOP),
    )


def test_networks_are_24_and_48_bits_and_what_is_no_address_goes() -> None:
    assert network_of("2001:db8:1:2:3::4") == "2001:db8:1::/48"
    assert network_of("203.0.113.0/24") == "203.0.113.0/24"
    assert network_of("somebody's laptop") is None
    assert network_of("fe80::1%eth0/64") is None


def test_a_user_agent_of_no_known_program_goes() -> None:
    assert truncated(structs.replace(ONE, device=None)).user_agent is None  # type: ignore[union-attr]


def test_changes_lose_the_same_and_answers_what_they_were_about() -> None:
    change = AccountChange(
        id=bytes(16), time=0, tenant="t", account="a", change=Change.PASSWORD, ip="192.0.2.9"
    )
    assert truncated(change) == structs.replace(change, ip="192.0.2.0/24")
    answer = Feedback(id=bytes(16), time=0, tenant="t", account="a", answer=Answer.NOT_ME)
    assert truncated(answer) is answer
    assert truncated(structs.replace(answer, shown=("FR:48.9:2.4", "3215"))) == answer


@given(
    ip=st.none() | st.ip_addresses().map(str) | st.text(max_size=20),
    agent=st.none() | st.text(max_size=20),
    device=st.none() | st.builds(Device, st.text(), st.text(), st.text(), st.sampled_from(Form)),
)
def test_twice_is_once_and_nothing_precise_is_left(
    ip: str | None, agent: str | None, device: Device | None
) -> None:
    event: Event = structs.replace(ONE, ip=ip, user_agent=agent, device=device)
    once = truncated(event)
    assert truncated(once) == once
    assert isinstance(once, SignIn)
    assert once.ip is None or once.ip.endswith(("/24", "/48"))
    assert once.device is None or once.device.fingerprint == ""
    assert msgpack.decode(msgpack.encode(once), type=Event) == once
