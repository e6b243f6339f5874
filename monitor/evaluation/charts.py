"""Plots as inline SVG: no script, colours by CSS class, every mark with a title to hover."""

from collections.abc import Callable, Sequence
from html import escape

from msgspec import Struct

WIDTH, HEIGHT = 420, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 12, 40
_ROW = 26
_NAMES = 150


class Series(Struct, frozen=True):
    """One line: `style` is the number of its colour, points are within 0 to 1 each way."""

    name: str
    style: int
    points: Sequence[tuple[float, float]]


class Interval(Struct, frozen=True):
    """One row: a figure with its interval, and how it reads in words."""

    name: str
    style: int
    value: float | None
    low: float
    high: float
    told: str


_SHARES = tuple((tick / 100, str(tick)) for tick in range(0, 101, 25))


def lines(
    series: Sequence[Series],
    title: str,
    x_label: str,
    y_label: str,
    *,
    y_ticks: Sequence[tuple[float, str]] = _SHARES,
    stepped: bool = False,
) -> str:
    """Lines in a square, 0 to 1 each way; x and, without `y_ticks` of its own, y in per cent.

    `stepped`: to come to an x, the y of the next point that reaches it is needed.
    """
    parts = [_frame(x_label, y_label, y_ticks)]
    for one in series:
        if not one.points:
            continue
        points = _stepped(one.points) if stepped else list(one.points)
        path = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
        parts.append(
            f'<polyline class="line s{one.style}" points="{path}">'
            f"<title>{escape(one.name)}</title></polyline>"
        )
    return _svg(WIDTH, HEIGHT, title, parts)


def intervals(
    rows: Sequence[Interval], title: str, label: Callable[[float], str], most: float = 1.0
) -> str:
    """A dot and its interval for each row, from 0 to `most`; `label` writes a tick."""
    height = _ROW * len(rows) + 28
    span = WIDTH - _NAMES - 60

    def at(value: float) -> float:
        return _NAMES + min(max(value / most, 0.0), 1.0) * span

    parts = []
    for tick in range(5):
        x = at(most * tick / 4)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{height - 22}"/>')
        tick_label = escape(label(most * tick / 4))
        parts.append(f'<text class="tick" x="{x:.1f}" y="{height - 8}">{tick_label}</text>')
    for number, row in enumerate(rows):
        y = _ROW * number + 18
        name = escape(row.name)
        parts.append(f'<text class="row" x="{_NAMES - 10}" y="{y + 4}">{name}</text>')
        if row.value is None:
            parts.append(f'<text class="none" x="{_NAMES + 4}" y="{y + 4}">—</text>')
            continue
        parts.append(
            f'<g class="s{row.style}"><title>{escape(f"{row.name}: {row.told}")}</title>'
            f'<line class="span" x1="{at(row.low):.1f}" x2="{at(row.high):.1f}" y1="{y}" y2="{y}"/>'
            f'<circle class="dot" cx="{at(row.value):.1f}" cy="{y}" r="4.5"/></g>'
        )
    return _svg(WIDTH, height, title, parts)


def _svg(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    told = escape(title)
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{told}">{"".join(parts)}</svg>'
    )


def _frame(x_label: str, y_label: str, y_ticks: Sequence[tuple[float, str]]) -> str:
    parts = []
    for share, label in _SHARES:
        x = _x(share)
        parts += [
            f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{HEIGHT - _BOTTOM}"/>',
            f'<text class="tick" x="{x:.1f}" y="{HEIGHT - _BOTTOM + 14}">{label}</text>',
        ]
    for share, label in y_ticks:
        y = _y(share)
        parts += [
            f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>',
            f'<text class="tick left" x="{_LEFT - 6}" y="{y + 3:.1f}">{escape(label)}</text>',
        ]
    middle = (_TOP + HEIGHT - _BOTTOM) / 2
    centre = (_LEFT + WIDTH - _RIGHT) / 2
    parts += [
        f'<text class="axis" x="{centre:.0f}" y="{HEIGHT - 6}">{escape(x_label)}</text>',
        f'<text class="axis" transform="translate(12 {middle:.0f}) rotate(-90)">'
        f"{escape(y_label)}</text>",
    ]
    return "".join(parts)


def _x(share: float) -> float:
    return _LEFT + share * (WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM)


def _stepped(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for x, y in points:
        if found:
            found.append((found[-1][0], y))
        found.append((x, y))
    return found
