"""The curve of a training as inline SVG: loss and accuracy on the training images, epoch by epoch."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite

from bot.web.article import Article

WIDTH, HEIGHT = 300, 170
LEFT, RIGHT, TOP, BOTTOM = 44, 10, 24, 24


@dataclass(frozen=True)
class Panel:
    """One diagram: its line as SVG points, and the labels of its axes with their positions."""

    name: str  # loss or accuracy
    line: str
    last: tuple[float, float]
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]


def panels(article: Article) -> list[Panel]:
    """The diagrams of loss and accuracy; none before there are two points."""
    points = [(float(one.epoch), one.loss, one.accuracy) for one in article.epochs]
    if article.now is not None and (not points or article.now[0] > points[-1][0]):
        points.append(article.now)
    points = [point for point in points if all(map(isfinite, point))]
    if len(points) < 2:  # noqa: PLR2004 a line has two ends
        return []
    return [
        _panel("loss", [(x, loss) for x, loss, _ in points], article.planned, floor_at=0.0),
        _panel("accuracy", [(x, accuracy) for x, _, accuracy in points], article.planned, ceiling_at=1.0),
    ]


def _panel(
    name: str,
    points: Sequence[tuple[float, float]],
    planned: int,
    *,
    floor_at: float | None = None,
    ceiling_at: float | None = None,
) -> Panel:
    values = [value for _, value in points]
    step = _step(max(values) - min(values))
    low, high = floor(min(values) / step) * step, ceil(max(values) / step) * step
    low = low if floor_at is None else max(floor_at, low)
    high = high if ceiling_at is None else min(ceiling_at, high)
    span = max(high - low, 1e-9)
    first = min(1.0, points[0][0])

    def x(epoch: float) -> float:
        return round(LEFT + (epoch - first) / max(planned - first, 1e-9) * (WIDTH - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - (value - low) / span * (HEIGHT - TOP - BOTTOM), 1)

    placed = [(x(epoch), y(value)) for epoch, value in points]
    ticks = sorted({1, *range(_every(planned), planned + 1, _every(planned))})
    decimals = 2 if step < 1 else 0
    return Panel(
        name,
        " ".join(f"{left},{up}" for left, up in placed),
        placed[-1],
        tuple((x(tick), str(tick)) for tick in ticks if tick >= first),
        tuple((y(value), f"{value:.{decimals}f}") for value in (low, (low + high) / 2, high)),
    )


def _step(span: float) -> float:
    """A round number, such that two to five of it make the span."""
    for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0):
        if span <= 4 * step:
            return step
    return max(1.0, span / 4)


def _every(planned: int) -> int:
    """The epochs between two labels."""
    return max(1, ceil(planned / 5))
