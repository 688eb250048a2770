"""The look that all drawn pictures share: a white page measured in pixels, one font, a few colours.

Places are pixels from the top left corner. Figures are matplotlib's own objects without pyplot, which keeps every
figure alive and is meant for one thread.
"""

import gc
import io
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch
from numpy.typing import NDArray

from trainer.language import Language, sentences
from trainer.plots.font import font_path

INK: Final = "#1f2933"
SOFT: Final = "#616e7c"  # second-rank text
LINE: Final = "#e4e7eb"
BLUE: Final = "#1f6fb5"  # right, and the training data
RED: Final = "#c8362d"  # wrong
ORANGE: Final = "#d9822b"  # the test data
GRAY: Final = "#777777"  # the tutorial's own gray for answers not given
FAINT: Final = "#f1f3f5"  # behind bars
AMBER: Final = "#ffe8a3"  # behind the words "practice set"

MARGIN: Final = 40
HEAD: Final = 120  # what the title takes from the top
_DPI: Final = 100  # any; it only turns pixels into the inches that matplotlib thinks in


def letters(pixels: float) -> FontProperties:
    """The font of all pictures at a size in pixels."""
    return FontProperties(fname=str(font_path()), size=pixels * 72 / _DPI)


def new_page(
    size: tuple[int, int], language: Language, dataset_name: str, title: str, note: str = "", *, tag: bool = True
) -> Figure:
    """An empty page of (width, height) pixels with its title, a smaller line below, and the data set's name.

    From the practice set, the name is impossible to overlook.
    """
    width, height = size
    page = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(page)
    write(page, MARGIN, 48, title, 36)
    if note:
        write(page, MARGIN, 94, note, 25, SOFT)
    if tag:
        _tag(page, width, language, dataset_name)
    return page


def _tag(page: Figure, width: int, language: Language, dataset_name: str) -> None:
    practice = dataset_name == "practice"
    name = sentences()(language, f"plot.from_{dataset_name}")
    text = write(page, width - MARGIN, 46, name, 24, INK if practice else SOFT, ha="right")
    if practice:
        canvas: Any = page.canvas
        box = text.get_window_extent(canvas.get_renderer())
        pad = 12
        page.add_artist(
            FancyBboxPatch(
                (box.x0 - pad, box.y0 - pad / 2), box.width + 2 * pad, box.height + pad,
                boxstyle="round,pad=0,rounding_size=10", facecolor=AMBER, edgecolor="none",
                transform=None, zorder=-1,
            )
        )  # fmt: skip


def write(page: Figure, x: float, y: float, text: str, size: float = 26, colour: str = INK, **options: Any) -> Any:
    """One text, its vertical middle at `y`."""
    width, height = page.get_size_inches() * _DPI
    settings = {"va": "center", "ha": "left", "color": colour, "fontproperties": letters(size), **options}
    return page.text(x / width, 1 - y / height, text, **settings)


def place(page: Figure, left: float, top: float, width: float, height: float, *, bare: bool = False) -> Axes:
    """Axes at a place of the page; `bare` ones show nothing but what is drawn into them."""
    whole_width, whole_height = page.get_size_inches() * _DPI
    bottom = whole_height - top - height
    axes = page.add_axes((left / whole_width, bottom / whole_height, width / whole_width, height / whole_height))
    axes.set_zorder(2)  # above pasted images
    axes.patch.set_visible(False)
    if bare:
        axes.set_axis_off()
        return axes
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#9aa5b1")
    axes.tick_params(colors=SOFT, length=4)
    axes.set_axisbelow(True)
    return axes


def whole(page: Figure) -> Axes:
    """Axes over the whole page whose coordinates are its pixels, y downwards."""
    width, height = page.get_size_inches() * _DPI
    axes = place(page, 0, 0, width, height, bare=True)
    axes.set(xlim=(0, width), ylim=(height, 0))
    return axes


def fill_boxes(axes: Axes, boxes: Sequence[tuple[float, float, float, float]], colours: Sequence[str]) -> None:
    """Filled rectangles (left, top, width, height), all as one artist: hundreds of bars cost no time."""
    corners = [((x, y), (x + w, y), (x + w, y + h), (x, y + h)) for x, y, w, h in boxes]
    axes.add_collection(PolyCollection(corners, facecolors=list(colours), edgecolors="none"), autolim=False)


def label_axes(axes: Axes, *, x: str = "", y: str = "", title: str = "", size: float = 24) -> None:
    """Titles and tick labels in the font that knows Chinese; call it when the ticks are final."""
    axes.set_xlabel(x, fontproperties=letters(size), color=INK, labelpad=8)
    axes.set_ylabel(y, fontproperties=letters(size), color=INK, labelpad=8)
    axes.set_title(title, fontproperties=letters(size + 2), color=INK, loc="left", pad=12)
    for tick in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        tick.set_fontproperties(letters(size - 2))


def figure_of(count: int, language: Language) -> str:
    """A count as the language's readers write it: 60 000 in English, 60000 in Chinese."""
    return f"{count:,}".replace(",", "\N{NO-BREAK SPACE}") if language == "en" and count >= 10_000 else str(count)  # noqa: PLR2004


def paste(page: Figure, image: NDArray[Any], left: int, top: int, scale: int = 1) -> None:
    """An image uint8[h, w] (0 is black) or uint8[h, w, 3], every pixel a square of `scale` pixels."""
    colours = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)  # noqa: PLR2004
    large = np.repeat(np.repeat(colours, scale, axis=0), scale, axis=1)
    height = round(page.get_size_inches()[1] * _DPI)
    page.figimage(large, left, height - top - large.shape[0], zorder=1)


def to_png(page: Figure) -> bytes:
    """The finished picture."""
    stream = io.BytesIO()
    page.savefig(stream, format="png", dpi=_DPI)
    return stream.getvalue()


def drawn(draw: Callable[..., bytes], *what: Any) -> bytes:
    """What `draw(*what)` draws. A page is a ring of references, 10 MB that else wait until Python looks for garbage."""
    picture = draw(*what)
    gc.collect()
    return picture
