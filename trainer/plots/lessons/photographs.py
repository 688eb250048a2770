"""Twenty photographs on their way to an answer: the cut-out, the network's input, right or wrong, sure or not."""

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from trainer.data.scenes import draw_scenes
from trainer.photo.seen import Seen
from trainer.photo.style import to_dataset_style
from trainer.plots.card import fitted
from trainer.plots.colours import BLUE, MUTED, RED
from trainer.plots.page import MARGIN, Page
from trainer.plots.strip import cut_out
from trainer.runs.folder import Run
from trainer.steps.predict import Prediction, Predictor

_COUNT: Final = 20
_ACROSS: Final = 4
_STEP: Final = (284, 204)  # pixels from one photograph to the next
_SIDE: Final = 124  # longest side of a photograph
_SCALE: Final = 4  # of the network's input
_DIMMED: Final = 0.6  # of the background
_COLOURS: Final = 16  # of a photograph; its noise would double the size of the page's file
_TOP: Final = 150  # headings
HEIGHT: Final = _TOP + _COUNT // _ACROSS * _STEP[1]


@dataclass(frozen=True)
class _Shown:
    seen: Seen
    answer: Prediction
    right: bool

    @property
    def kind(self) -> str:
        return f"{'right' if self.right else 'wrong'}_{'sure' if self.answer.sure else 'doubtful'}"


_KINDS: Final = ("right_sure", "right_doubtful", "wrong_doubtful", "wrong_sure")


def draw_photographs(page: Page, top: int, run: Run) -> None:
    """The photographs in the order of _KINDS, below `top`; takes HEIGHT pixels."""
    shown = sorted(_answers(run), key=lambda one: _KINDS.index(one.kind))
    counts = {kind: sum(one.kind == kind for one in shown) for kind in _KINDS}
    page.write(MARGIN, top + 30, page.say("lesson.photographs", count=_COUNT), 29)
    page.write(MARGIN, top + 84, page.say("lesson.photographs_note", **counts), 23, MUTED)
    for number, one in enumerate(shown):
        row, column = divmod(number, _ACROSS)
        _draw(page, one, MARGIN + column * _STEP[0], top + _TOP - 20 + row * _STEP[1])


def _answers(run: Run) -> list[_Shown]:
    predictor, answers = Predictor(run), list[_Shown]()
    for pixels, label in zip(*draw_scenes(_COUNT), strict=True):
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, "PNG")
        seen = to_dataset_style(stream.getvalue())
        answer = predictor.look(seen)
        answers.append(_Shown(seen, answer, right=answer.label == label))
    return answers


def _draw(page: Page, shown: _Shown, left: int, top: int) -> None:
    """The photograph with its cut-out, the network's input beside it, and below the answer."""
    whole = fitted(Image.fromarray(shown.seen.original), _SIDE)
    dimmed = Image.blend(whole, cut_out(shown.seen, _SIDE), _DIMMED).quantize(_COLOURS, dither=Image.Dither.NONE)
    page.paste(np.asarray(dimmed.convert("RGB")), left, top)
    page.paste(shown.seen.pixels, left + _SIDE - 16, top + (_SIDE - 28 * _SCALE) // 2, _SCALE)
    answer, colour = shown.answer, BLUE if shown.right else RED
    text = f"{page.class_name(answer.label)} {100 * answer.confidence:.0f} %"
    page.write(left, top + _SIDE + 20, text, 23, colour)
    page.write(left, top + _SIDE + 46, page.say(f"lesson.{'sure' if answer.sure else 'doubtful'}"), 21, MUTED)
