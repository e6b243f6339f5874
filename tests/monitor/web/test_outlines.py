"""Country outlines can be drawn on a flat map."""

from itertools import pairwise

import msgspec

from monitor.web.outlines import clipped, countries, unwrapped
from monitor.web.vendor import TARGET

TOPOLOGY = {
    "type": "Topology",
    "transform": {"scale": [1, 1], "translate": [0, 0]},
    # A square from 170 over the meridian to -170, stitched.
    "arcs": [[[170, 0], [10, 0], [-350, 0], [0, 10], [340, 0], [0, -10]]],
    "objects": {
        "countries": {
            "type": "GeometryCollection",
            "geometries": [
                {
                    "type": "Polygon",
                    "arcs": [[0]],
                    "id": "001",
                    "properties": {"name": "Across"},
                },
                {"type": "Polygon", "arcs": [[0]], "id": "010", "properties": {"name": "Ice"}},
            ],
        }
    },
}


def test_an_outline_over_the_meridian_becomes_two() -> None:
    read = msgspec.json.decode(countries(msgspec.json.encode(TOPOLOGY)))
    assert [feature["properties"]["name"] for feature in read["features"]] == ["Across 001"]
    polygons = read["features"][0]["geometry"]["coordinates"]
    spans = sorted((min(x for x, _ in p[0]), max(x for x, _ in p[0])) for p in polygons)
    assert spans == [(-180.0, -170.0), (170.0, 180.0)]


def test_a_ring_goes_on_beyond_the_meridian() -> None:
    assert unwrapped([(179.0, 0.0), (-179.0, 1.0)]) == [(179.0, 0.0), (181.0, 1.0)]


def test_what_lies_outside_is_cut_off() -> None:
    square = [(170.0, 0.0), (190.0, 0.0), (190.0, 10.0), (170.0, 10.0), (170.0, 0.0)]
    assert {x for x, _ in clipped(square)} == {170.0, 180.0}
    assert clipped([(x + 360, y) for x, y in square]) == []


def test_no_line_of_the_map_crosses_it() -> None:
    world = msgspec.json.decode((TARGET / "world" / "countries.geo.json").read_bytes())
    names = [feature["properties"]["name"] for feature in world["features"]]
    assert len(names) == len(set(names)) > 170
    for feature in world["features"]:
        for polygon in feature["geometry"]["coordinates"]:
            for ring in polygon:
                assert ring[0] == ring[-1]
                assert all(-180 <= x <= 180 and -90 <= y <= 90 for x, y in ring)
                assert all(abs(a[0] - b[0]) < 60 for a, b in pairwise(ring))
