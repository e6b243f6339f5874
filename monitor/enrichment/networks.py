"""What kind of network an address is in, by a reviewed list of AS numbers and prefixes."""

import csv
import hashlib
from collections.abc import Iterable, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from detectors.core.place import NetworkKind
from monitor.enrichment.prefixes import Address, Prefix, Prefixes
from monitor.enrichment.shipped import shipped_directory
from monitor.trouble import Trouble

LIST_NAME = "networks.csv"
COLUMNS = ("network", "kind", "name", "source")
MAXIMUM_AS_NUMBER = 2**32 - 1
MAXIMUM_ENTRIES = 200_000

Key: TypeAlias = int | Prefix


class NetworkListError(Trouble):
    """A list of networks cannot be read; says file and line."""


class Entry(Struct, frozen=True):
    """One line: an AS number or a prefix, its kind, whose it is, and how that is known."""

    network: Key
    kind: NetworkKind
    name: str
    source: str


class Networks:
    """Kinds by AS number and prefix. Built once; look-ups take constant time."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Later entries win over earlier ones for the same network."""
        self._by_number: dict[int, NetworkKind] = {}
        prefixes: list[tuple[Prefix, NetworkKind]] = []
        digest = hashlib.blake2b(digest_size=6)
        for entry in entries:
            digest.update(f"{entry.network} {entry.kind.value}\n".encode())
            if isinstance(entry.network, int):
                self._by_number[entry.network] = entry.kind
            else:
                prefixes.append((entry.network, entry.kind))
        self._by_prefix = Prefixes(prefixes)
        self.version = digest.hexdigest()

    def kind(self, address: Address, as_number: int | None) -> NetworkKind:
        """By the most specific listed prefix, else by AS number; else FIXED when there is one."""
        listed = self._by_prefix.find(address)
        if listed is not None:
            return listed
        if as_number is None:
            return NetworkKind.UNKNOWN
        return self._by_number.get(as_number, NetworkKind.FIXED)


def load_networks(own: Path | None = None) -> Networks:
    """The shipped list; entries of the file `own`, in the same form, win over it.

    Raises NetworkListError, or ShippedDataError when the shipped list is missing.
    """
    entries = list(read_entries(shipped_directory() / LIST_NAME))
    if own is not None:
        entries.extend(read_entries(own))
    return Networks(entries)


def read_entries(path: Path) -> Iterator[Entry]:
    """The entries of a CSV file with the columns `network,kind,name,source`.

    `network` is `AS` and a number, or a prefix; lines that start with `#` are comments. Raises
    NetworkListError for a line that cannot be read, or a network listed twice.
    """
    first_line: dict[Key, int] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = ((n, line) for n, line in enumerate(file, 1) if not _is_comment(line))
            header = next(lines, (1, ""))[1]
            if tuple(header.strip().split(",")) != COLUMNS:
                raise NetworkListError(f"{path}: the first line must be {','.join(COLUMNS)}")
            for number, line in lines:
                entry = _entry(f"{path}, line {number}", next(csv.reader([line])))
                earlier = first_line.setdefault(entry.network, number)
                if earlier != number:
                    raise NetworkListError(
                        f"{path}, line {number}: {_shown(entry.network)} is already on line "
                        f"{earlier}"
                    )
                if len(first_line) > MAXIMUM_ENTRIES:
                    raise NetworkListError(f"{path}: more than {MAXIMUM_ENTRIES} entries")
                yield entry
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NetworkListError(f"cannot read {path}: {error}") from error


def _is_comment(line: str) -> bool:
    return line.startswith("#") or not line.strip()


def _entry(where: str, cells: list[str]) -> Entry:
    if len(cells) != len(COLUMNS):
        raise NetworkListError(f"{where}: {len(cells)} columns instead of {len(COLUMNS)}")
    network, kind, name, source = (cell.strip() for cell in cells)
    try:
        return Entry(_key(network), NetworkKind(kind), name, source)
    except ValueError as error:
        raise NetworkListError(f"{where}: {error}") from error


def _key(text: str) -> Key:
    if text[:2] == "AS":
        if not (text[2:].isascii() and text[2:].isdigit()) or int(text[2:]) > MAXIMUM_AS_NUMBER:
            raise ValueError(f"{text!r} is not an AS number")
        return int(text[2:])
    return ip_network(text)


def _shown(key: Key) -> str:
    return f"AS{key}" if isinstance(key, int) else str(key)
