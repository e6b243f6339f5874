"""The reliability diagram of models: drawn as SVG, and what was drawn read back."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from msgspec import Struct

from monitor.evaluation.intervals import share

_SIZE, _MARGIN = 320, 44
_SHADES = ("#1f5fa8", "#b4591a", "#2f7d4f")
_NAMED: Final = re.compile(r'font-family="sans-serif" fill="(#[0-9a-f]{6})">([\w.-]{1,64})</text>')
_DRAWN: Final = re.compile(
    r'<circle cx="([0-9.]{1,8})" cy="[0-9.]{1,8}" r="4" fill="(#[0-9a-f]{6})">'
    r"<title>(\d{1,9}) / (\d{1,9})</title>"
)


class Bin(Struct, frozen=True):
    """One point of the reliability diagram: mean predicted share, and how many were shared."""

    predicted: float
    shared: int
    total: int


class Point(NamedTuple):
    """A tenth of what was predicted: the mean, how many of how many were shared."""

    predicted: float
    shared: int
    total: int


def diagram(bins: Mapping[str, Sequence[Bin]]) -> str:
    """Predicted shares against those that were shared, with intervals, by the models' names."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE} {_SIZE}" role="img">',
        "<title>Reliability / Fiabilité</title>",
        f'<rect width="{_SIZE}" height="{_SIZE}" fill="#fff"/>',
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="#999" '
        'stroke-dasharray="4 4"/>',
    ]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        told = f"{tick:.0%}"
        parts.append(_word(_x(tick), _SIZE - _MARGIN + 16, told))
        parts.append(_word(_MARGIN - 18, _y(tick) + 4, told))
    parts.append(_word(_SIZE // 2, _SIZE - 8, "predicted / prédit"))
    for number, (name, found) in enumerate(bins.items()):
        colour = _SHADES[number % len(_SHADES)]
        for point in found:
            parts += _point(point, colour)
        parts.append(
            f'<text x="{_MARGIN + 8}" y="{20 + 14 * number}" font-size="11" '
            f'font-family="sans-serif" fill="{colour}">{name}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def points_of(drawn: str) -> dict[str, tuple[Point, ...]]:
    """The points of a diagram by the name of their model: what `diagram` drew, read back. Of
    another drawing, nothing."""
    names = dict(_NAMED.findall(drawn))
    found: dict[str, list[Point]] = {}
    for x, colour, shared, total in _DRAWN.findall(drawn):
        if colour in names:
            predicted = (float(x) - _MARGIN) / (_SIZE - 2 * _MARGIN)
            bounded = round(min(1.0, max(0.0, predicted)), 3)
            found.setdefault(names[colour], []).append(Point(bounded, int(shared), int(total)))
    return {name: tuple(points) for name, points in found.items()}


def _point(point: Bin, colour: str) -> list[str]:
    found = share(point.shared, point.total)
    x = _x(point.predicted)
    return [
        f'<line x1="{x}" x2="{x}" y1="{_y(found.low)}" y2="{_y(found.high)}" stroke="{colour}"/>',
        f'<circle cx="{x}" cy="{_y(found.value or 0.0)}" r="4" fill="{colour}">'
        f"<title>{point.shared} / {point.total}</title></circle>",
    ]


def _word(x: float, y: float, told: str) -> str:
    return (
        f'<text x="{x}" y="{y}" font-size="11" font-family="sans-serif" '
        f'text-anchor="middle" fill="#333">{told}</text>'
    )


def _x(value: float) -> float:
    return round(_MARGIN + value * (_SIZE - 2 * _MARGIN), 1)


def _y(value: float) -> float:
    return round(_SIZE - _MARGIN - value * (_SIZE - 2 * _MARGIN), 1)
