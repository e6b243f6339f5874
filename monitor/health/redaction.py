"""Lines of strangers as they may be shown: no secrets, no whole addresses, nothing hidden."""

import re
import unicodedata

SHOWN = 300
"""Characters that are shown of a line."""
READ = 1_024
"""Bytes of a line that are looked at."""
MASK = "***"

# Short words count only where they stand alone: a monkey is no key.
_SECRET_NAME = (
    r"(?:pass(?:word|wd|phrase|code)|pwd|secret|token|api[-_]?key|authorization|cookie"
    r"|session[-_]?id|credential|signature|assertion|mot[-_ ]?de[-_ ]?passe"
    r"|\b(?:[a-z0-9]{1,20}[-_.]){0,4}"
    r"(?:pass|key|auth|session|sid|jwt|t?otp|pin|code|sig|mdp))s?"
)
_QUOTED_SECRET = re.compile(
    rf"(?is)(?P<name>{_SECRET_NAME}[\"']?\s*[:=]\s*)"
    r"(?P<open>[\"'])(?:\\.|(?!(?P=open))[^\\])*"
)
# The same in a string of JSON that holds JSON.
_NESTED_SECRET = re.compile(
    rf"(?is)({_SECRET_NAME}\\[\"']\s*[:=]\s*)\\[\"'](?:\\\\\\.|(?!\\[\"']).)*"
)
_BARE_SECRET = re.compile(
    rf"(?i)({_SECRET_NAME}\s*(?:[:=]\s*|\s(?:is|was|est)\s))(?![\"'\\]|\*\*\*)"
    r"(?:(?:bearer|basic|digest|negotiate|token)\s+)?[^\s,;&\"'}\])]+"
)
_SCHEME = re.compile(r"(?i)\b(bearer|basic|negotiate)\s+[A-Za-z0-9+/_.~=-]{6,}")
_USER_INFO = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,30}://)[^\s/@]{1,256}@")
_LONG = re.compile(
    r"\b(?=[A-Za-z0-9+/_-]*[0-9])(?=[A-Za-z0-9+/_-]*[A-Za-z])[A-Za-z0-9+/_-]{24,}={0,2}"
)
_EMAIL = re.compile(r"[^\s@\"'<>,;:=()\[\]{}/\\]{1,64}@(?=[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
_IPV4 = re.compile(r"(?<![0-9.])(\d{1,3}\.\d{1,3})\.\d{1,3}\.\d{1,3}(?![0-9]|\.[0-9])")
_IPV6 = re.compile(
    r"(?i)(?<![0-9a-f:.])(?=(?:[0-9a-f]{0,4}:){2,7})([0-9a-f]{0,4}:[0-9a-f]{0,4}:)[0-9a-f:.]*[0-9a-f:]"
)
# People type their password where the name belongs, and OpenSSH logs it as that name.
_SSH_USER = re.compile(
    r"\b((?:for|user)\s+(?:(?:invalid|illegal)\s+user\s+)?)(\S{1,256})(?=\s+from\b)"
)


def redact(raw: bytes, shown: int = SHOWN) -> str:
    """The line in at most `shown` characters: what looks like a secret, a name before an `@`, the
    end of an address or a name that somebody signs in by is masked; what is no character, or
    would control a terminal or hide, is escaped.
    """
    text = raw[:READ].decode("utf-8", "backslashreplace")
    text = _NESTED_SECRET.sub(rf'\1\\"{MASK}', text)
    text = _QUOTED_SECRET.sub(rf"\g<name>\g<open>{MASK}", text)
    text = _SCHEME.sub(rf"\1 {MASK}", text)
    text = _BARE_SECRET.sub(rf"\1{MASK}", text)
    text = _USER_INFO.sub(rf"\1{MASK}@", text)
    text = _EMAIL.sub(f"{MASK}@", text)
    text = _SSH_USER.sub(rf"\1{MASK}", text)
    text = _IPV4.sub(r"\1.x.x", text)
    text = _IPV6.sub(_shorter, text)
    text = _LONG.sub(MASK, text)
    text = visible(text)
    left = len(raw) - READ
    if len(text) <= shown and left <= 0:
        return text
    return f"{text[: shown - 1]}…"


def visible(text: str) -> str:
    """The text with what controls, hides or breaks lines written as escapes."""
    return "".join(c if _is_plain(c) else c.encode("unicode_escape").decode() for c in text)


def _is_plain(character: str) -> bool:
    if character in " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}":
        return True
    return unicodedata.category(character)[0] not in "CZ"


def _shorter(match: re.Match[str]) -> str:
    # A time of day has colons too.
    text = match[0]
    if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?([.:]\d*)?", text):
        return text
    return f"{match[1]}x"
