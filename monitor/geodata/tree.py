"""The search tree of a MaxMind DB file as arrays: all of it is checked before any of it is walked.

MaxMind DB format 2.0 (https://maxmind.github.io/MaxMind-DB/): nodes of two records, each the number
of a node, or the number of nodes for nothing, or more than that for data.
"""

from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import maxminddb
import numpy as np
from maxminddb.decoder import Decoder
from numpy.typing import NDArray

from monitor.enrichment.database import DAMAGE, GeoDatabaseError

Nodes = NDArray[np.uint32]
_SEPARATOR = 16
_AT_ONCE = 1 << 20


class Tree:
    """A database read by numpy and Python alone, which damage cannot crash.

    `nodes` has a row of two records for each node; `metadata` is what the file says of itself.
    """

    def __init__(self, path: Path) -> None:
        """Map the file and read its tree. Raises GeoDatabaseError where it is not whole."""
        try:
            with maxminddb.open_database(path, maxminddb.MODE_FILE) as reader:
                self.metadata = reader.metadata()
            with path.open("rb") as file:
                self._map = mmap(file.fileno(), 0, access=ACCESS_READ)
        except (OSError, *DAMAGE) as error:
            raise GeoDatabaseError(f"cannot open {path}: {error}") from error
        self.path = path
        self.count = self.metadata.node_count
        self.bits = 128 if self.metadata.ip_version == 6 else 32
        self._raw = np.frombuffer(self._map, np.uint8)
        size = self.count * self.metadata.record_size // 4
        self._data_at = size + _SEPARATOR
        self._decoder = Decoder(self._map, self._data_at)
        if self.count < 1 or self._data_at > len(self._raw):
            raise GeoDatabaseError(f"{path} is damaged: its tree is larger than the file")
        self.nodes = self._read(size)

    def records(self) -> NDArray[np.uint32]:
        """Every record of data that the tree points to, once, as the tree has them."""
        return np.unique(self.nodes[self.nodes > self.count])

    def networks(self) -> int:
        """How many records of nodes point to data."""
        return int(np.count_nonzero(self.nodes > self.count))

    def decode(self, record: int) -> Any:
        """The data that a record of a node points to. Raises GeoDatabaseError."""
        try:
            return self._decoder.decode(self._data_at + record - self.count - _SEPARATOR)[0]
        except (*DAMAGE, UnicodeDecodeError) as error:
            raise GeoDatabaseError(f"{self.path} is damaged: {error}") from error

    def check(self) -> None:
        """Walk all of it: raises GeoDatabaseError where a record leads out of the file, or a way
        down is longer than an address."""
        nodes, count = self.nodes, self.count
        if int(nodes.max()) - count >= len(self._raw) - self._data_at + _SEPARATOR:
            raise GeoDatabaseError(f"{self.path} is damaged: a record leads out of the file")
        if ((nodes > count) & (nodes < count + _SEPARATOR)).any():
            raise GeoDatabaseError(f"{self.path} is damaged: a record leads out of its data")
        front: NDArray[np.intp] = np.zeros(1, np.intp)
        met = np.zeros(count, bool)
        for _ in range(self.bits):
            below = nodes[front].ravel()
            met[below[below < count]] = True
            front = np.flatnonzero(met)
            if not front.size:
                return
            met[front] = False
        raise GeoDatabaseError(f"{self.path} is damaged: its tree is deeper than addresses are")

    def _read(self, size: int) -> Nodes:
        width = self.metadata.record_size // 4
        raw = self._raw[:size].reshape(self.count, width)
        nodes = np.empty((self.count, 2), np.uint32)
        for start in range(0, self.count, _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            part = raw[some].astype(np.uint32)
            nodes[some, 0] = (part[:, 0] << 16) | (part[:, 1] << 8) | part[:, 2]
            if width == 6:
                nodes[some, 1] = (part[:, 3] << 16) | (part[:, 4] << 8) | part[:, 5]
            elif width == 7:
                nodes[some, 0] |= (part[:, 3] >> 4) << 24
                nodes[some, 1] = (part[:, 3] & 15) << 24
                nodes[some, 1] |= (part[:, 4] << 16) | (part[:, 5] << 8) | part[:, 6]
            else:
                nodes[some, 0] = (nodes[some, 0] << 8) | part[:, 3]
                nodes[some, 1] = (part[:, 4] << 24) | (part[:, 5] << 16)
                nodes[some, 1] |= (part[:, 6] << 8) | part[:, 7]
        return nodes
