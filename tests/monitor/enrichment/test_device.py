"""Devices are told apart as people would, stay the same across updates, and nothing raises."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core.place import Form
from monitor.enrichment.device import LONGEST_USER_AGENT, OTHER, Devices, normal_family

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15"
KHTML = "AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = f"{WINDOWS} {KHTML} Chrome/120.0.0.0 Safari/537.36"
GALAXY = f"Mozilla/5.0 (Linux; Android 13; SM-S918B) {KHTML} Chrome/112.0.0.0 Mobile Safari/537.36"
PIXEL = f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {KHTML} Chrome/112.0.0.0 Mobile Safari/537.36"
REDUCED = f"Mozilla/5.0 (Linux; Android 10; K) {KHTML} Chrome/120.0.0.0 Mobile Safari/537.36"


@pytest.fixture(scope="module")
def devices() -> Devices:
    return Devices()


@pytest.mark.parametrize(
    ("user_agent", "family", "os", "form"),
    [
        (CHROME, "Chrome", "Windows", Form.DESKTOP),
        (f"{CHROME} Edg/120.0.0.0", "Edge", "Windows", Form.DESKTOP),
        (f"{WINDOWS}; rv:120.0) Gecko/20100101 Firefox/120.0", "Firefox", "Windows", Form.DESKTOP),
        (
            f"{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15",
            "Safari", "Mac OS X", Form.DESKTOP,
        ),
        (
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
            "Firefox", "Ubuntu", Form.DESKTOP,
        ),
        (
            f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {KHTML} Chrome/120.0.0.0 Safari/537.36",
            "Chrome", "Chrome OS", Form.DESKTOP,
        ),
        (
            "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; Tablet PC 2.0)",
            "IE", "Windows", Form.DESKTOP,
        ),
        (
            f"{IPHONE} (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1",
            "Safari", "iOS", Form.PHONE,
        ),
        (f"{IPHONE} CriOS/119.0 Mobile/15E148 Safari/604.1", "Chrome", "iOS", Form.PHONE),
        (f"{IPHONE} FxiOS/119.0 Mobile/15E148 Safari/604.1", "Firefox", "iOS", Form.PHONE),
        (GALAXY, "Chrome", "Android", Form.PHONE),
        (REDUCED, "Chrome", "Android", Form.PHONE),
        (
            "Mozilla/5.0 (Android 13; Mobile; rv:120.0) Gecko/120.0 Firefox/120.0",
            "Firefox", "Android", Form.PHONE,
        ),
        (
            "Dalvik/2.1.0 (Linux; U; Android 12; moto g(30) Build/S0RCS32)",
            "Android", "Android", Form.PHONE,
        ),
        (
            f"Mozilla/5.0 (Linux; Android 9; CUBOT X18) {KHTML} Chrome/100.0 Mobile Safari/537.36",
            "Chrome", "Android", Form.PHONE,
        ),
        (
            f"Mozilla/5.0 (Linux; Android 12; SM-T870) {KHTML} Chrome/112.0.0.0 Safari/537.36",
            "Chrome", "Android", Form.TABLET,
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 16_5 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/16.5 Mobile/15E148 Safari/604.1",
            "Safari", "iOS", Form.TABLET,
        ),
        ("curl/8.0.1", "curl", OTHER, Form.SCRIPT),
        ("python-requests/2.31.0", "Python Requests", OTHER, Form.SCRIPT),
        ("okhttp/4.9.3", "okhttp", OTHER, Form.SCRIPT),
        ("Go-http-client/1.1", "Go-http-client", OTHER, Form.SCRIPT),
        ("Java/17.0.2", "Java", OTHER, Form.SCRIPT),
        ("node-fetch/1.0", OTHER, OTHER, Form.SCRIPT),
        ("Wget/1.21.3", "Wget", OTHER, Form.SCRIPT),
        (
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Googlebot", OTHER, Form.SCRIPT,
        ),
        (
            f"Mozilla/5.0 (X11; Linux x86_64) {KHTML} HeadlessChrome/120.0.0.0 Safari/537.36",
            "HeadlessChrome", "Linux", Form.SCRIPT,
        ),
        ("something of our own", OTHER, OTHER, Form.UNKNOWN),
    ],
)  # fmt: skip
def test_well_known_clients(
    devices: Devices, user_agent: str, family: str, os: str, form: Form
) -> None:
    device = devices.read(user_agent)
    assert device is not None
    assert (device.family, device.os, device.form) == (family, os, form)
    assert re.fullmatch(r"[0-9a-f]{16}", device.fingerprint)


@pytest.mark.parametrize("user_agent", [None, "", "  ", "-", " - "])
def test_nothing_said_is_no_device(devices: Devices, user_agent: str | None) -> None:
    assert devices.read(user_agent) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (CHROME, CHROME.replace("120.0.0.0", "134.0.6998.88")),
        (GALAXY, GALAXY.replace("Chrome/112.0.0.0", "Chrome/113.0.1.2")),
        (GALAXY, GALAXY.replace("Android 13", "Android 14")),
        ("curl/8.0.1", "curl/8.5.0"),
        ("OurClient 1.2.3", "OurClient 1.10"),
    ],
)
def test_an_update_does_not_change_the_fingerprint(
    devices: Devices, before: str, after: str
) -> None:
    assert before != after
    assert devices.read(before) == devices.read(after)


def test_different_devices_have_different_fingerprints(devices: Devices) -> None:
    different = [
        CHROME, f"{CHROME} Edg/120.0.0.0", CHROME.replace(WINDOWS, MAC), GALAXY, PIXEL, REDUCED,
        GALAXY.replace(" Mobile", ""), "curl/8", "OurClient 1", "TheirClient 1",
    ]  # fmt: skip
    fingerprints = [device.fingerprint for ua in different if (device := devices.read(ua))]
    assert len(set(fingerprints)) == len(different)


def test_the_same_browser_on_a_telephone_differs_by_form_alone(devices: Devices) -> None:
    telephone, computer = devices.read(REDUCED), devices.read(CHROME)
    assert telephone is not None
    assert computer is not None
    assert telephone.family == computer.family
    assert telephone.form is not computer.form
    assert telephone.fingerprint != computer.fingerprint


@pytest.mark.parametrize(
    ("family", "normal"),
    [
        ("Chrome Mobile", "Chrome"),
        ("Chrome Mobile iOS", "Chrome"),
        ("Chrome Mobile WebView", "Chrome WebView"),
        ("Mobile Safari", "Safari"),
        ("Firefox iOS", "Firefox"),
        ("Edge Mobile", "Edge"),
        ("Samsung Internet", "Samsung Internet"),
        ("Mobile", "Mobile"),
        ("", ""),
    ],
)
def test_the_marks_of_mobile_variants_are_dropped(family: str, normal: str) -> None:
    assert normal_family(family) == normal


def test_what_is_beyond_the_limit_does_not_count(devices: Devices) -> None:
    long = CHROME.ljust(LONGEST_USER_AGENT)
    assert devices.read(long + "Googlebot/2.1") == devices.read(CHROME)
    assert devices.read("x" * 10_000_000) == devices.read("x" * LONGEST_USER_AGENT)


@pytest.mark.parametrize(
    "hostile",
    [
        "\ud800", "\x00\x1f\x1b[31m", "(" * 1024, "a" * 1024, ";" * 1024, "Android " * 128,
        "Mozilla/5.0 (" + " " * 1000, "1." * 512, "Mozilla/5.0 (Linux; Android 10; " + "-" * 990,
        "Mobile " * 146, "é" * 1024, "\u202eelitebook", "%s%n{0}{}",
    ],
)  # fmt: skip
def test_hostile_texts_are_read_as_something(devices: Devices, hostile: str) -> None:
    device = devices.read(hostile)
    assert device is not None
    assert len(device.fingerprint) == 16


_pieces = st.sampled_from(
    [
        "Mozilla/5.0",
        "(",
        ")",
        ";",
        "Android 13",
        "iPhone",
        "Mobile",
        "Chrome/1",
        "curl/",
        "bot",
        " ",
    ]
)


@given(st.one_of(st.text(max_size=1_100), st.lists(_pieces).map("".join), st.characters()))
def test_any_text_gets_an_answer_twice_the_same(devices: Devices, text: str) -> None:
    device = devices.read(text)
    assert device == devices.read(text)
    if device is not None:
        assert device.family
        assert device.os


def test_the_version_names_patterns_and_rules(devices: Devices) -> None:
    assert re.fullmatch(r"ua-parser@[\w.]+\.\d+", devices.version)
