"""Errors of descriptions say where and why."""

from monitor.formats.described.errors import DescriptionError, OtherShapeError
from monitor.formats.format import MalformedLine


def test_a_description_s_error_names_the_key() -> None:
    error = DescriptionError("fields.time", "is needed")
    assert (error.key, error.reason, str(error)) == (
        "fields.time",
        "is needed",
        "fields.time: is needed",
    )
    assert str(DescriptionError("", "nothing")) == "nothing"


def test_a_line_of_another_shape_is_malformed_to_whoever_does_not_know_better() -> None:
    assert issubclass(OtherShapeError, MalformedLine)
