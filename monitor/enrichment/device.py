"""What a user agent says of the client: family, system and form, stable across its updates."""

import hashlib
import re
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol

import ua_parser
from ua_parser import BestAvailableResolver, Parser, load_lazy_builtins

from detectors.core.place import Device, Form

LONGEST_USER_AGENT = 1_024
"""Characters; the rest is not read."""

OTHER = "Other"
"""Family or system of a client that does not say, or that nobody knows."""

RULES_VERSION = 1
"""Of the rules in this module: to be raised when a fingerprint may change."""

_FINGERPRINT_BYTES = 8

# Programs that people write or run, and automated browsers. Matched against the whole text.
_SCRIPT = re.compile(
    r"""
      ^(?:curl|wget|httpie|xh|lwp|pycurl|java|jakarta|python|perl|ruby|php|go|rust|node|deno|bun
         |axios|got|undici|okhttp|ktor|unirest|faraday|guzzle\w*|restsharp|refit|dart|elixir
         |hackney|reqwest|hyper|aiohttp|httpx|urllib\w*|requests|mechanize|scrapy|colly
         |insomnia|bruno|k6|gatling|vegeta|locust|hey|wrk|ab|siege|artillery
         |boto\w*|aws|azsdk|terraform|ansible|zabbix|nagios|prometheus|grafana|datadog)
         (?:[-/_ .(]|$)
    | \b(?:libwww|pycurl|winhttp|wininet|powershell|jmeter|apachebench|postmanruntime
         |apache-httpclient|apache-httpasyncclient|commons-httpclient|go-http-client|node-fetch
         |python-\w+|sqlmap|nikto|hydra|medusa|nmap|masscan|zgrab|nuclei|gobuster|ffuf|wpscan
         |burp|openbullet|silverbullet|sentry\s?mba|storm\s?breaker
         |headlesschrome|phantomjs|slimerjs|selenium|webdriver|puppeteer|playwright|cypress)\b
    | (?:(?<!cu)bot|crawler|spider|scraper)\b  # Cubot makes telephones
    """,
    re.IGNORECASE | re.VERBOSE,
)
_TABLET = re.compile(r"\b(?:ipad|tablet(?![ ]pc)|kindle|silk|playbook)\b", re.IGNORECASE)
_PHONE = re.compile(r"\b(?:iphone|ipod|mobile|phone|blackberry|bb10|dalvik)\b", re.IGNORECASE)
_PHONE_SYSTEMS = frozenset({"iOS", "Windows Phone", "BlackBerry OS", "KaiOS", "Tizen", "HarmonyOS"})
_DESKTOP_SYSTEMS = frozenset(
    {
        "Windows", "Mac OS X", "Linux", "Chrome OS", "Ubuntu", "Debian", "Fedora", "Red Hat",
        "CentOS", "SUSE", "Gentoo", "Arch Linux", "Linux Mint", "Kubuntu", "Mandriva", "FreeBSD",
        "OpenBSD", "NetBSD", "Solaris", "Raspbian",
    }
)  # fmt: skip
# The same program on a telephone: the form says so already.
_VARIANT = re.compile(
    r"^(?:mobile (?=safari|firefox|edge|chrome))|(?: (?:mobile|ios|tablet|for ios))+(?=$| webview)",
    re.IGNORECASE,
)
_NO_MODEL = frozenset({"", "K", "Smartphone", "iOS-Device", "Other", "Feature Phone"})


class DeviceReader(Protocol):
    """What enrichment needs of a reader of user agents."""

    @property
    def version(self) -> str:
        """Changes whenever answers may change."""
        ...

    def read(self, user_agent: str | None) -> Device | None:
        """The device; None when nothing was said. Never raises."""
        ...


class Devices:
    """Reads user agents with the ua-parser project's patterns."""

    def __init__(self) -> None:
        """Load the patterns (some tenths of a second)."""
        self._parser = Parser(BestAvailableResolver(load_lazy_builtins()))

    @property
    def version(self) -> str:
        """Versions of the patterns and of this module's rules."""
        try:
            patterns = version("ua-parser-builtins")
        except PackageNotFoundError:
            patterns = ".".join(map(str, ua_parser.VERSION))
        return f"ua-parser@{patterns}.{RULES_VERSION}"

    def read(self, user_agent: str | None) -> Device | None:
        """The device that a user agent speaks of; None for a missing, empty or `-` one.

        The first 1,024 characters count. An unreadable one is a device of its own kind,
        UNKNOWN, told from others by a digest of the text without its numbers.
        """
        text = _cleaned(user_agent)
        if not text:
            return None
        parsed = self._parser.parse(text)
        family = normal_family(parsed.user_agent.family if parsed.user_agent else OTHER)
        os = parsed.os.family if parsed.os else OTHER
        hardware = parsed.device.family if parsed.device else ""
        model = (parsed.device.model if parsed.device else None) or ""
        form = _form(text, os, hardware)
        said = "" if family != OTHER else re.sub(r"[\d.]+", "", text)
        told = model if form is Form.PHONE and model not in _NO_MODEL else ""
        return Device(_fingerprint(family, os, form.value, told, said), family, os, form)


def normal_family(family: str) -> str:
    """The name of a program without the mark of its mobile variant: `Chrome Mobile` is `Chrome`."""
    return _VARIANT.sub("", family).strip() or family


def _cleaned(user_agent: str | None) -> str:
    if user_agent is None:
        return ""
    text = user_agent[:LONGEST_USER_AGENT].strip()
    # A lone surrogate cannot be handed to the parser.
    return "" if text == "-" else text.encode("utf-8", "replace").decode("utf-8")


def _form(text: str, os: str, hardware: str) -> Form:
    if hardware == "Spider" or _SCRIPT.search(text):
        return Form.SCRIPT
    if _TABLET.search(text) or "Tablet" in hardware or hardware == "iPad":
        return Form.TABLET
    if os == "Android":
        # Browsers on Android say "Mobile" on telephones and leave it out on tablets.
        return Form.PHONE if _PHONE.search(text) else Form.TABLET
    if os in _PHONE_SYSTEMS or (os not in _DESKTOP_SYSTEMS and _PHONE.search(text)):
        return Form.PHONE
    return Form.DESKTOP if os in _DESKTOP_SYSTEMS else Form.UNKNOWN


def _fingerprint(*parts: str) -> str:
    joined = "\x1f".join(parts).encode("utf-8")
    return hashlib.blake2b(joined, digest_size=_FINGERPRINT_BYTES).hexdigest()
