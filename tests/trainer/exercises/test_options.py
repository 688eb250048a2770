"""Images as the options of a question."""

import io

import numpy as np
import pytest
from PIL import Image

from trainer.data.dataset import Dataset
from trainer.exercises.options import WAYS, draw_options
from trainer.language import LANGUAGES, Language


def test_what_is_done_to_an_image() -> None:
    image = np.arange(784, dtype=np.uint32).reshape(28, 28).astype(np.uint8)
    shifted = WAYS["shifted"](image)
    assert (shifted[:, 1:] == image[:, :-1]).all()
    assert not shifted[:, 0].any()
    assert (WAYS["inverted"](image) == 255 - image).all()
    assert WAYS["darker"](np.full((28, 28), 200, np.uint8))[0, 0] == 198


@pytest.mark.parametrize("language", LANGUAGES)
def test_four_images_with_letters(practice: Dataset, language: Language) -> None:
    for options in (("6", "1", "2", "4"), ("same", "shifted", "darker", "inverted")):
        drawn = draw_options(practice, language, 3, options)
        assert Image.open(io.BytesIO(drawn)).width > 600
        assert drawn == draw_options(practice, language, 3, options)
        assert drawn != draw_options(practice, language, 4, options)
