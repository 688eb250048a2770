"""Parts of pages that lessons and exercises share: named bars, histograms."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from trainer.plots.colours import BLUE, FAINT, GRAY, TEXT
from trainer.plots.page import Box, Page, fill_boxes, label_axes
from trainer.plots.run import bar_colours


def draw_named_bars(page: Page, box: Box, shares: NDArray[Any], label: int, *, percent: bool = True) -> None:
    """Ten horizontal bars, the right class blue, a wrong answer red; names in the left 125 pixels, figures in the
    right 85.
    """
    left, top, width, height = box
    step, room, bar_left = height / 10, width - 125 - 85, left + 125
    colours = bar_colours(shares, label)
    tops = [top + (number + 0.19) * step for number in range(10)]
    canvas = page.whole()
    fill_boxes(canvas, [(bar_left, y, room, 0.62 * step) for y in tops], [FAINT] * 10)
    fill_boxes(canvas, [(bar_left, y, room * s, 0.62 * step) for y, s in zip(tops, shares, strict=True)], colours)
    for number, share in enumerate(shares):
        y = top + (number + 0.5) * step
        colour = colours[number] if colours[number] != GRAY else TEXT
        page.write(left + 115, y, page.class_name(number), min(23, step * 0.7), colour, ha="right")
        if percent:
            page.write(bar_left + room + 10, y, f"{100 * share:.1f} %", min(21, step * 0.65), colour)


def draw_histogram(page: Page, box: Box, values: NDArray[Any], most: float, label: str) -> Axes:
    """How often each value in [0, most] occurs, on a logarithmic scale; `label` stands below it."""
    axes = page.axes(*box)
    counts, edges = np.histogram(values, bins=51, range=(0, most))
    axes.bar(edges[:-1], counts, width=most / 51, align="edge", color=BLUE)
    axes.set_yscale("log")
    axes.set_xlim(-0.01 * most, most)
    axes.set_xticks(np.linspace(0, most, 6))
    axes.set_yticks([])
    axes.minorticks_off()
    axes.spines["left"].set_visible(False)
    label_axes(axes, x=label, size=23)
    return axes
