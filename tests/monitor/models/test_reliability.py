"""The diagram of a model's reliability is whole, and is read back as it was drawn."""

from xml.etree import ElementTree as ET

from monitor.models.reliability import Bin, diagram, points_of

BINS = {
    "work": (Bin(0.061, 1, 40), Bin(0.512, 9, 20), Bin(0.958, 11, 11)),
    "sign_ons": (Bin(0.24, 5, 30),),
}


def test_it_is_well_formed_and_shows_every_point() -> None:
    root = ET.fromstring(diagram(BINS))  # noqa: S314 - our own
    circles = [element for element in root.iter() if element.tag.endswith("circle")]
    assert len(circles) == sum(map(len, BINS.values()))


def test_what_was_drawn_is_read_back() -> None:
    found = points_of(diagram(BINS))
    assert set(found) == set(BINS)
    for name, bins in BINS.items():
        assert [(p.shared, p.total) for p in found[name]] == [(b.shared, b.total) for b in bins]
        for point, one in zip(found[name], bins, strict=True):
            assert abs(point.predicted - one.predicted) < 0.001
    assert points_of("<svg><circle cx='1'/></svg>") == {}
