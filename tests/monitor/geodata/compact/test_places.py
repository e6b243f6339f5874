"""Few places stand for many, none of them too far or abroad, and the heaviest are kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core.geodesy import great_circle_km
from detectors.core.place import Place
from monitor.geodata.compact.places import distances, snap

degrees = st.floats(-89.9, 89.9), st.floats(-180, 180)
somewhere = st.builds(
    lambda country, latitude, longitude: Place(country, None, None, latitude, longitude),
    st.sampled_from(("FR", "FJ")),
    st.one_of(degrees[0], st.floats(45, 47)),
    st.one_of(degrees[1], st.floats(2, 4), st.floats(179, 180), st.floats(-180, -179)),
)


@given(st.lists(somewhere, min_size=1, max_size=60), st.randoms())
def test_each_place_is_near_one_of_its_country_that_stands_for_it(
    places: list[Place], chance: object
) -> None:
    weights = np.arange(1.0, len(places) + 1)
    anchors = snap(places, weights, 50.0)
    for place, of, error in zip(places, anchors.of, anchors.error, strict=True):
        anchor = anchors.places[of]
        far = great_circle_km(place.latitude, place.longitude, anchor.latitude, anchor.longitude)
        assert far <= 50.0 + 1e-6
        assert far == pytest.approx(error, abs=1e-6)
        assert anchor.country == place.country
    heaviest = places[-1]
    assert any(
        anchor.country == heaviest.country
        and anchor.latitude == round(heaviest.latitude, 2)
        and anchor.longitude == round(heaviest.longitude, 2)
        for anchor in anchors.places
    )


def test_each_goes_to_the_nearest_and_quarters_to_their_town() -> None:
    places = [
        Place("FR", "R", "Big (Centre)", 45.0, 4.0),
        Place("FR", "R", "Between", 45.0, 4.5),
        Place("FR", "R", "Small", 45.0, 4.8),
    ]
    anchors = snap(places, np.array([9.0, 1.0, 2.0]), 50.0)
    assert [place.city for place in anchors.places] == ["Big", "Small"]
    assert anchors.of.tolist() == [0, 1, 1]
    assert anchors.error[1] == pytest.approx(23.6, abs=0.1)


def test_progress_reaches_all() -> None:
    told: list[tuple[int, int]] = []
    places = [Place("FR", None, None, 45.0, 4.0), Place("DE", None, None, 50.0, 9.0)]
    snap(places, np.ones(2), 50.0, lambda *given: told.append(given))
    assert told[-1] == (2, 2)


@given(*degrees, *degrees)
def test_distances_are_those_of_the_detectors(a: float, b: float, c: float, d: float) -> None:
    assert float(distances(a, b, c, d)) == pytest.approx(great_circle_km(a, b, c, d), abs=1e-6)
