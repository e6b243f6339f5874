"""The RBA data set's CSV (Wiefling et al. 2022): one sign-in a line, without its labels.

Layout: https://github.com/das-group/rba-dataset (doi 10.1145/3546069). The last two columns say
whether a sign-in was an attack; they are what is to be found, and never reach an event.
"""

import csv
import io
import re
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import ClassVar

from detectors.core.event import Activity, Event, Outcome, SignIn
from detectors.core.place import Network, NetworkKind, Place
from monitor.formats.address import address
from monitor.formats.format import MalformedLine, Origin
from monitor.formats.identity import native_id
from monitor.formats.limits import LEADING, bounded, trimmed
from monitor.formats.stamp import UnreadableTimeError, checked, clock, midnight
from monitor.formats.whence import Part

COLUMNS = (
    "index",
    "Login Timestamp",
    "User ID",
    "Round-Trip Time [ms]",
    "IP Address",
    "Country",
    "Region",
    "City",
    "ASN",
    "User Agent String",
    "Browser Name and Version",
    "OS Name and Version",
    "Device Type",
    "Login Successful",
    "Is Attack IP",
    "Is Account Takeover",
)
_LABELS = 14
"""Columns before the labels."""
FIRST_INVENTED_ASN = 500_000
"""AS numbers from here on stand for networks that do not exist (README of the data set)."""
INVENTED_ADDRESSES = "10."
"""Addresses that stand for ones that could not be invented plausibly: 10.0.0.0/8 (same README)."""

_COUNTRIES = Path(__file__).with_name("countries.csv")
_HEADER = b"index,Login Timestamp,User ID,"
_ROW = re.compile(rb"\d{1,18},\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]{0,10},-?\d{1,20},")
_STAMP = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?")
_FLAGS = {"True": True, "False": False, "true": True, "false": False, "1": True, "0": False}
_UNSAID = frozenset(("", "-"))
_SUCCESS, _FAILURE = Outcome.SUCCESS, Outcome.FAILURE


class Row:
    """The cells of one line by name; the labels are read by `monitor/evaluation` only."""

    __slots__ = ("_cells",)

    def __init__(self, cells: list[str]) -> None:
        self._cells = cells

    @property
    def cells(self) -> list[str]:
        """All of them as written, the labels last."""
        return self._cells

    @property
    def index(self) -> str:
        """The number of the sign-in in the whole data set."""
        return self._cells[0]

    @property
    def stamp(self) -> str:
        """When, as written."""
        return self._cells[1]

    @property
    def user(self) -> str:
        """Pseudonym of the account."""
        return self._cells[2]

    @property
    def ip(self) -> str:
        """The address as written."""
        return self._cells[4]

    @property
    def place(self) -> tuple[str, str, str]:
        """Country, region and city as written; `-` or nothing where not known."""
        return self._cells[5], self._cells[6], self._cells[7]

    @property
    def asn(self) -> str:
        """Autonomous system number as written."""
        return self._cells[8]

    @property
    def user_agent(self) -> str:
        """User agent string."""
        return self._cells[9]

    @property
    def is_successful(self) -> bool:
        """Whether the sign-in succeeded. Raises MalformedLine when that cannot be read."""
        return _flag(self._cells[13], COLUMNS[13])

    @property
    def is_attack_address(self) -> bool:
        """Label: the address was in a known list of attackers. Raises MalformedLine."""
        return _flag(self._cells[14], COLUMNS[14])

    @property
    def is_takeover(self) -> bool:
        """Label: the incident response team found a takeover. Raises MalformedLine."""
        return _flag(self._cells[15], COLUMNS[15])


class Rba:
    """Sign-ins of the data set; the log's own place is kept where its address is an invented one.

    A public address is located as any other. One of 10.0.0.0/8 is nowhere, and there the columns
    are all there is: its place is the centre of the country, as uncertain as the country is large.
    """

    name: ClassVar[str] = "rba"
    title: ClassVar[str] = "RBA data set of Wiefling et al. 2022 (CSV)"

    def claims(self, line: bytes) -> bool:
        """Whether it begins as a row or is the header."""
        start = line[:120].lstrip(LEADING)
        return start.startswith(_HEADER) or _ROW.match(start) is not None

    def parse(self, line: bytes, origin: Origin) -> list[Event]:
        """One sign-in; none for the header and for blank lines.

        Raises MalformedLine for another number of columns, and for a time, account, address or
        outcome that cannot be read.
        """
        row = read_row(line)
        return [] if row is None else [_sign_in(row, origin)]

    def day_without_year(self, line: bytes) -> tuple[int, int] | None:
        """None: every stamp has a year."""
        return None

    def parts(self, line: bytes) -> list[Part]:
        """The columns that are read, by their names; the labels are not."""
        row = read_row(line)
        if row is None:
            return []
        cells = row.cells[:_LABELS]
        return [
            Part(f"column {name}", cell, partial(_with_cell, row.cells, at))
            for at, (name, cell) in enumerate(zip(COLUMNS, cells, strict=False))
        ]


def _with_cell(cells: list[str], at: int, new: str) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow([*cells[:at], new, *cells[at + 1 :]])
    return written.getvalue().encode("utf-8", "replace")


def read_row(line: bytes) -> Row | None:
    """The cells of a line; None for the header and for blank lines. Raises MalformedLine."""
    line = trimmed(line)
    if not line or line.startswith(_HEADER):
        return None
    try:
        text = line.decode("utf-8", "replace")
        cells = next(csv.reader((text,), strict=True))
    except (csv.Error, StopIteration) as error:
        raise MalformedLine(f"not a line of CSV: {error}") from None
    if len(cells) != len(COLUMNS):
        raise MalformedLine(f"{len(cells)} columns instead of {len(COLUMNS)}")
    return Row(cells)


def read_time(row: Row) -> int:
    """The stamp in ms since 1970; it names no zone and is taken as UTC. Raises MalformedLine."""
    found = _STAMP.fullmatch(row.stamp)
    if found is None:
        raise MalformedLine("not a time of the data set")
    year, month, day, hour, minute, second, fraction = found.groups()
    try:
        of_day = clock(int(hour), int(minute), int(second))
        whole = midnight(int(year), int(month), int(day)) + of_day
        return checked(whole + int((fraction or "0")[:3].ljust(3, "0")))
    except UnreadableTimeError as error:
        raise MalformedLine(str(error)) from None


def _sign_in(row: Row, origin: Origin) -> SignIn:
    time = read_time(row)
    account, index = bounded(row.user.strip()), bounded(row.index.strip())
    if account in _UNSAID:
        raise MalformedLine("no account")
    if not index:
        raise MalformedLine("no index")
    ip = address(row.ip)
    if ip is None:
        raise MalformedLine("no address")
    outcome = _SUCCESS if row.is_successful else _FAILURE
    invented = ip.startswith(INVENTED_ADDRESSES)
    agent = row.user_agent.strip()
    return SignIn(
        id=native_id(time, origin.source, origin.tenant, index),
        time=time,
        tenant=origin.tenant,
        account=account,
        source=origin.source,
        uid=index,
        activity=Activity.LOGON,
        outcome=outcome,
        ip=ip,
        user_agent=None if agent in _UNSAID else bounded(agent),
        place=_place(*row.place) if invented else None,
        network=_network(row.asn) if invented else None,
    )


@lru_cache(maxsize=65_536)
def _place(country: str, region: str, city: str) -> Place | None:
    centre = _centres().get(country)
    if centre is None:
        return None
    latitude, longitude, radius = centre
    return Place(country, _said(region), _said(city), latitude, longitude, radius)


@lru_cache(maxsize=65_536)
def _network(asn: str) -> Network:
    number = int(asn) if asn.isascii() and asn.isdigit() and len(asn) <= 10 else 0
    if not number:
        return Network(None, None, NetworkKind.UNKNOWN)
    exists = number < FIRST_INVENTED_ASN
    return Network(number, None, NetworkKind.FIXED if exists else NetworkKind.UNKNOWN)


@cache
def _centres() -> dict[str, tuple[float, float, float]]:
    """By country: degrees of the centre of its addresses, and km within which most of them are."""
    with _COUNTRIES.open(encoding="utf-8", newline="") as opened:
        rows = csv.DictReader(line for line in opened if not line.startswith("#"))
        return {
            row["country"]: (
                float(row["latitude"]),
                float(row["longitude"]),
                float(row["radius_km"]),
            )
            for row in rows
        }


def _said(text: str) -> str | None:
    text = text.strip()
    return None if text in _UNSAID else bounded(text)


def _flag(text: str, column: str) -> bool:
    value = _FLAGS.get(text.strip())
    if value is None:
        raise MalformedLine(f"{column} is neither True nor False")
    return value
