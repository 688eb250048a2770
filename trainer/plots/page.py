"""A white page to draw on with matplotlib: run plots and lesson pictures.

Places and sizes are pixels from the top left corner. matplotlib is used without pyplot, which would keep every figure
alive and is meant for one thread.
"""

import io
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch
from numpy.typing import NDArray
from pylopdf_fonts_zh_cn import sans_path

from trainer.language import Language, class_name, sentences
from trainer.plots.colours import AMBER, MUTED, TEXT

WIDTH: Final = 1200
MARGIN: Final = 40
HEAD: Final = 120  # height of the title and the line below it
_DPI: Final = 100  # arbitrary: it only converts pixels to the inches of matplotlib

Box = tuple[float, float, float, float]  # left, top, width, height


def font(pixels: float) -> FontProperties:
    """Noto Sans SC, which has Latin and Chinese letters, at a size in pixels."""
    return FontProperties(fname=str(sans_path()), size=pixels * 72 / _DPI)


class Page:
    """A page with a title, a smaller line below it, and the name of the data set at the top right."""

    def __init__(
        self,
        language: Language,
        dataset_name: str,
        height: int,
        title: str,
        note: str = "",
        *,
        width: int = WIDTH,
        **values: object,
    ) -> None:
        """`title` and `note` are keys of sentences, whose placeholders are filled with `values`."""
        self.language: Language = language
        self._width, self._height = width, height
        self._figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor="white")
        self._canvas = FigureCanvasAgg(self._figure)
        self.write(MARGIN, 48, self.say(title, **values), 36)
        if note:
            self.write(MARGIN, 94, self.say(note, **values), 25, MUTED)
        self._name_dataset(dataset_name)

    def _name_dataset(self, dataset_name: str) -> None:
        """The practice set on a coloured ground, because its figures are not those of the real one."""
        practice = dataset_name == "practice"
        colour = TEXT if practice else MUTED
        text = self.write(self._width - MARGIN, 46, self.say(f"plot.from_{dataset_name}"), 24, colour, ha="right")
        if practice:
            box, pad = text.get_window_extent(self._canvas.get_renderer()), 12
            self._figure.add_artist(
                FancyBboxPatch(
                    (box.x0 - pad, box.y0 - pad / 2), box.width + 2 * pad, box.height + pad,
                    boxstyle="round,pad=0,rounding_size=10", facecolor=AMBER, edgecolor="none",
                    transform=None, zorder=-1,
                )
            )  # fmt: skip

    def say(self, key: str, **values: object) -> str:
        """A sentence in the language of the page."""
        return sentences()(self.language, key, **values)

    def class_name(self, label: int) -> str:
        """The name of a class in the language of the page."""
        return class_name(self.language, label)

    def write(self, x: float, y: float, text: str, size: float = 26, colour: str = TEXT, **options: Any) -> Any:
        """A text whose vertical middle is at `y`; `options` are matplotlib's for texts."""
        settings = {"va": "center", "ha": "left", "color": colour, "fontproperties": font(size), **options}
        return self._figure.text(x / self._width, 1 - y / self._height, text, **settings)

    def axes(self, left: float, top: float, width: float, height: float, *, bare: bool = False) -> Axes:
        """New axes at a place; `bare` ones have neither lines nor ticks."""
        bottom = self._height - top - height
        place = left / self._width, bottom / self._height, width / self._width, height / self._height
        axes = self._figure.add_axes(place)
        axes.set_zorder(2)  # above pasted images
        axes.patch.set_visible(False)
        if bare:
            axes.set_axis_off()
            return axes
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color("#9aa5b1")
        axes.tick_params(colors=MUTED, length=4)
        axes.set_axisbelow(True)
        return axes

    def whole(self) -> Axes:
        """New axes over the whole page, whose coordinates are its pixels, y downwards."""
        axes = self.axes(0, 0, self._width, self._height, bare=True)
        axes.set(xlim=(0, self._width), ylim=(self._height, 0))
        return axes

    def paste(self, image: NDArray[Any], left: int, top: int, scale: int = 1) -> None:
        """An image uint8[h, w] (0 is black) or uint8[h, w, 3], each pixel a square of `scale` pixels."""
        colours = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)  # noqa: PLR2004
        large = np.repeat(np.repeat(colours, scale, axis=0), scale, axis=1)
        self._figure.figimage(large, left, self._height - top - large.shape[0], zorder=1)

    def png(self) -> bytes:
        """The page as a PNG file."""
        stream = io.BytesIO()
        self._figure.savefig(stream, format="png", dpi=_DPI)
        return stream.getvalue()


def fill_boxes(axes: Axes, boxes: Sequence[Box], colours: Sequence[str]) -> None:
    """Filled rectangles as one artist, because hundreds of single ones would be slow to draw."""
    corners = [((x, y), (x + w, y), (x + w, y + h), (x, y + h)) for x, y, w, h in boxes]
    axes.add_collection(PolyCollection(corners, facecolors=list(colours), edgecolors="none"), autolim=False)


def label_axes(axes: Axes, *, x: str = "", y: str = "", title: str = "", size: float = 24) -> None:
    """Titles and tick labels in the font with Chinese characters; to be called when the ticks are final."""
    axes.set_xlabel(x, fontproperties=font(size), color=TEXT, labelpad=8)
    axes.set_ylabel(y, fontproperties=font(size), color=TEXT, labelpad=8)
    axes.set_title(title, fontproperties=font(size + 2), color=TEXT, loc="left", pad=12)
    for tick in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        tick.set_fontproperties(font(size - 2))


def count_text(count: int, language: Language) -> str:
    """A count as it is written in the language: 60 000 in English, 60000 in Chinese."""
    return f"{count:,}".replace(",", "\N{NO-BREAK SPACE}") if language == "en" and count >= 10_000 else str(count)  # noqa: PLR2004
