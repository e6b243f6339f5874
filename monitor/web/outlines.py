"""Country outlines for the map: TopoJSON in, GeoJSON out that a flat map can draw.

The source stitches countries together across the 180th meridian; here they are cut there again,
so that no outline crosses the whole map. Antarctica, which no call centre signs in from and
which a flat map cannot close, is left out.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import msgspec

Point = tuple[float, float]

ANTARCTICA = "010"
_EDGE = 180.0
_TURN = 360.0


def countries(topology: bytes) -> bytes:
    """GeoJSON (UTF-8) of `objects.countries`, with `name` and ISO 3166-1 numeric `id`."""
    read = msgspec.json.decode(topology)
    arcs = [_decoded(arc, read["transform"]) for arc in read["arcs"]]
    features = []
    for geometry in read["objects"]["countries"]["geometries"]:
        if geometry.get("id") != ANTARCTICA:
            name = geometry["properties"]["name"]
            features.append(
                {
                    "type": "Feature",
                    "properties": {"name": f"{name} {geometry.get('id', '')}".strip()},
                    "geometry": {
                        "type": "MultiPolygon",
                        "coordinates": list(_polygons(geometry, arcs)),
                    },
                }
            )
    return msgspec.json.encode({"type": "FeatureCollection", "features": features})


def _decoded(arc: list[list[int]], transform: dict[str, Any]) -> list[Point]:
    (scale_x, scale_y), (shift_x, shift_y) = transform["scale"], transform["translate"]
    x = y = 0
    points = []
    for step_x, step_y in arc:
        x, y = x + step_x, y + step_y
        points.append((x * scale_x + shift_x, y * scale_y + shift_y))
    return points


def _polygons(geometry: dict[str, Any], arcs: list[list[Point]]) -> Iterable[list[list[Point]]]:
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    for rings in polygons:
        outer, *holes = (unwrapped(_ring(ring, arcs)) for ring in rings)
        for shift in (0.0, -_TURN, _TURN):
            kept = clipped([(x + shift, y) for x, y in outer])
            if kept:
                inside = (clipped([(x + shift, y) for x, y in hole]) for hole in holes)
                yield [_rounded(ring) for ring in (kept, *inside) if ring]


def _ring(indices: list[int], arcs: list[list[Point]]) -> list[Point]:
    ring: list[Point] = []
    for index in indices:
        points = arcs[index] if index >= 0 else arcs[~index][::-1]
        ring.extend(points[1:] if ring else points)
    return ring


def unwrapped(ring: list[Point]) -> list[Point]:
    """The ring without jumps: longitudes go on beyond 180 where it crosses the meridian."""
    points = ring[:1]
    for x, y in ring[1:]:
        before = points[-1][0]
        points.append((x - _TURN * round((x - before) / _TURN), y))
    return points


def clipped(ring: list[Point]) -> list[Point]:
    """The part of a closed ring between -180 and 180 degrees (Sutherland and Hodgman, 1974)."""
    return _side(_side(ring, _EDGE, 1), -_EDGE, -1)


def _side(ring: list[Point], edge: float, sign: int) -> list[Point]:
    kept: list[Point] = []
    for (x1, y1), (x2, y2) in pairwise(ring):
        inside_1, inside_2 = sign * x1 <= sign * edge, sign * x2 <= sign * edge
        if inside_1:
            kept.append((x1, y1))
        if inside_1 != inside_2:
            kept.append((edge, y1 + (y2 - y1) * (edge - x1) / (x2 - x1)))
    if len(kept) < 3:
        return []
    return [*kept, kept[0]]


def _rounded(ring: list[Point]) -> list[Point]:
    points = [(round(x, 2), round(y, 2)) for x, y in ring]
    return [p for i, p in enumerate(points) if i == 0 or p != points[i - 1]]
