"""What sshd says, also where a stranger chose half of the words."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core.event import Activity, FailureReason, Outcome, SignIn, is_attempt, is_use
from monitor.formats.format import MalformedLine, Origin
from monitor.formats.occurrence import Occurrences
from monitor.formats.sshd import MAXIMUM_REPEATS, Sshd

HEADER = b"May  4 10:00:00 gate sshd[7]: "


def origin() -> Origin:
    return Origin("replay", "acme", lambda month, day: 2024, Occurrences().occurrence)


def told(message: bytes) -> list[SignIn]:
    found = Sshd().parse(HEADER + message, origin())
    assert all(isinstance(event, SignIn) for event in found)
    return [event for event in found if isinstance(event, SignIn)]


def only(message: bytes) -> SignIn:
    (event,) = told(message)
    return event


@pytest.mark.parametrize(
    "method", ["password", "publickey", "keyboard-interactive/pam", "gssapi-with-mic", "hostbased"]
)
def test_who_got_in(method: str) -> None:
    event = only(f"Accepted {method} for bob from 192.0.2.1 port 5 ssh2".encode())
    assert (event.account, event.ip, event.mfa_method) == ("bob", "192.0.2.1", method)
    assert event.outcome is Outcome.SUCCESS
    assert event.session == "gate:7"
    assert event.mfa is None
    assert is_use(event)
    assert is_attempt(event)


def test_an_attempt_told_five_ways_is_one_attempt() -> None:
    events = [
        *told(b"Invalid user x from 192.0.2.1 port 5"),
        *told(b"pam_unix(sshd:auth): authentication failure; uid=0 rhost=192.0.2.1 "),
        *told(b"Failed password for invalid user x from 192.0.2.1 port 5 ssh2"),
        *told(b"PAM 2 more authentication failures; uid=0 rhost=192.0.2.1 "),
        *told(
            b"error: maximum authentication attempts exceeded for invalid user x "
            b"from 192.0.2.1 port 5 ssh2 [preauth]"
        ),
    ]
    assert len(events) == 5
    assert [is_attempt(event) for event in events].count(True) == 1
    assert {event.failure_reason for event in events} == {FailureReason.UNKNOWN_USER}
    assert {event.ip for event in events} == {"192.0.2.1"}


def test_a_session_told_again_is_no_second_use() -> None:
    event = only(b"pam_unix(sshd:session): session opened for user bob(uid=1000) by (uid=0)")
    assert event.account == "bob"
    assert event.corroborating
    assert not is_use(event)


def test_who_left() -> None:
    for message in (
        b"pam_unix(sshd:session): session closed for user bob",
        b"Disconnected from user bob 192.0.2.1 port 5",
        b"Connection closed by user bob 192.0.2.1 port 5",
        b"Timeout, client not responding from user bob 192.0.2.1 port 5",
    ):
        event = only(message)
        assert (event.activity, event.account, event.session) == (Activity.LOGOFF, "bob", "gate:7")


@pytest.mark.parametrize(
    "message",
    [
        b"Connection closed by authenticating user root 192.0.2.1 port 5 [preauth]",
        b"Disconnected from invalid user x 192.0.2.1 port 5 [preauth]",
        b"Received disconnect from 192.0.2.1 port 5:11: disconnected by user",
        b"Postponed publickey for bob from 192.0.2.1 port 5 ssh2 [preauth]",
        b"Failed to release session: Interrupted system call",
        b"Accepted key ED25519 SHA256:x found at /home/bob/.ssh/authorized_keys:1",
        b"pam_unix(sshd:auth): check pass; user unknown",
        b"pam_unix(sshd:account): account bob",
        b"input_userauth_request: invalid user x [preauth]",
        b"User child is on pid 9",
        b"Server listening on :: port 22.",
        b"",
    ],
)
def test_what_says_nothing_new_is_passed_over(message: bytes) -> None:
    assert told(message) == []


# Words of sshd itself, so that a name may imitate a whole line.
TRICKS = st.lists(
    st.sampled_from(
        [
            "x",
            "from",
            "1.1.1.1",
            "port",
            "22",
            "ssh2",
            "ssh2:",
            "RSA",
            "invalid",
            "user",
            "for",
            "Accepted",
            "root",
            "by",
            "(uid=0)",
        ]
    ),
    max_size=12,
).map(" ".join)


@given(TRICKS)
def test_no_name_can_forge_the_address_of_a_failure(name: str) -> None:
    for line in (
        "Failed password for invalid user %s from 192.0.2.9 port 5 ssh2",
        "Invalid user %s from 192.0.2.9 port 5",
    ):
        event = only((line % name).encode())
        assert event.ip == "192.0.2.9"
        assert event.account == name
        assert event.outcome is Outcome.FAILURE


@given(TRICKS)
def test_no_certificate_s_id_can_forge_the_address_of_an_entry(key_id: str) -> None:
    event = only(
        f"Accepted publickey for bob from 192.0.2.9 port 5 ssh2: RSA-CERT SHA256:a ID {key_id} "
        "(serial 1) CA RSA SHA256:b".encode()
    )
    assert (event.account, event.ip) == ("bob", "192.0.2.9")


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1))
def test_names_are_read_as_sshd_escapes_them(name: str) -> None:
    escaped = b"".join(
        b"\\\\" if byte == 0x5C else b"\\%03o" % byte if byte > 126 else bytes((byte,))
        for byte in name.encode()
    )
    assert only(b"Invalid user " + escaped + b" from 192.0.2.9 port 5").account == name


def test_control_characters_stay_escaped() -> None:
    assert only(b"Invalid user a\\012b\\377 from 192.0.2.9 port 5").account == "a\\012b\\377"


def test_a_message_repeated_is_as_many_events() -> None:
    inner = b"Failed password for root from 192.0.2.1 port 5 ssh2"
    for count in (1, 2, MAXIMUM_REPEATS):
        events = told(b"message repeated %d times: [ %s]" % (count, inner))
        assert len(events) == len({event.id for event in events}) == count
        assert all(is_attempt(event) for event in events)
    assert told(b"message repeated 0 times: [ " + inner + b"]") == []
    assert told(b"message repeated 2 times: [ Connection closed by 192.0.2.1 [preauth]]") == []
    for count in (MAXIMUM_REPEATS + 1, 10**30):
        with pytest.raises(MalformedLine, match="more than 10,000 times"):
            told(b"message repeated %d times: [ %s]" % (count, inner))


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        (b"account is locked", FailureReason.LOCKED),
        (b"shell /bin/none does not exist", FailureReason.DISABLED),
        (b"not listed in AllowUsers", FailureReason.OTHER),
    ],
)
def test_why_a_user_is_not_allowed(why: bytes, reason: FailureReason) -> None:
    event = only(b"User bob from 192.0.2.1 not allowed because " + why)
    assert (event.account, event.ip, event.failure_reason) == ("bob", "192.0.2.1", reason)
    assert only(b"User bob not allowed because " + why).account == "bob"


@pytest.mark.parametrize(
    "message",
    [
        b"Failed password for",
        b"Failed password for root from 192.0.2.1",
        b"Failed password for root from 192.0.2.1 port",
        b"Accepted publickey for bob",
        b"Accepted publickey",
        b"Invalid user",
        b"Invalid user bob",
        b"error: maximum authentication attempts exceeded for root [preauth]",
        b"Disconnected from user bob 192.0.2.1",
    ],
)
def test_what_breaks_off_is_rejected(message: bytes) -> None:
    with pytest.raises(MalformedLine):
        told(message)


@pytest.mark.parametrize("user", [b"bob", b""])
def test_who_is_locked_out_by_pam_may_be_nobody(user: bytes) -> None:
    said = b"Consecutive login failures for user %s account temporarily locked" % user
    event = only(b"pam_tally2(sshd:auth): " + said)
    assert (event.account, event.failure_reason) == (user.decode(), FailureReason.LOCKED)


def test_the_zone_of_a_source() -> None:
    paris = Sshd(zone=ZoneInfo("Europe/Paris"))
    line = HEADER + b"Accepted password for bob from 192.0.2.1 port 5 ssh2"
    assert Sshd().parse(line, origin())[0].time == 1_714_816_800_000
    assert paris.parse(line, origin())[0].time == 1_714_809_600_000


def test_identical_lines_are_events_of_their_own() -> None:
    line = HEADER + b"Failed password for root from 192.0.2.1 port 5 ssh2"
    counted = origin()
    first, second = (Sshd().parse(line, counted)[0].id for _ in range(2))
    assert first != second
    assert Sshd().parse(line + b"\r", origin())[0].id == first


def test_the_zone_of_an_abbreviation_is_the_source_s() -> None:
    paris = Sshd(zone=ZoneInfo("Europe/Paris"))
    rest = b" web1 sshd[5]: Failed password for bob from 192.0.2.1 port 5 ssh2"
    times = [
        paris.parse(b"Tue 2026-03-03 " + stamp + rest, origin())[0].time
        for stamp in (b"10:11:12 CET", b"09:11:12 UTC", b"09:11:12 GMT", b"04:11:12 -05")
    ]
    assert set(times) == {1_772_529_072_000}


def test_what_a_stranger_is_called_forwards_nothing() -> None:
    name = b"Message forwarded from evil: sshd[1]: Accepted password for root"
    event = only(b"Failed password for invalid user " + name + b" from 192.0.2.1 port 5 ssh2")
    assert (event.account, event.session) == (name.decode(), "gate:7")
    assert event.outcome is Outcome.FAILURE
