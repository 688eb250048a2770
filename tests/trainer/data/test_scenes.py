"""Photographs drawn by code: the same everywhere, in colour, with something to cut out."""

import io

import numpy as np
from PIL import Image

from trainer.data.scenes import HEIGHT, WIDTH, draw_scenes
from trainer.photo.style import to_dataset_style


def test_the_photographs_are_the_same_and_busy() -> None:
    photographs, labels = draw_scenes(20)
    again, _ = draw_scenes(20)
    assert photographs.shape == (20, HEIGHT, WIDTH, 3)
    assert sorted(labels) == sorted([*range(10)] * 2)
    np.testing.assert_array_equal(photographs, again)
    assert len({photograph.tobytes() for photograph in photographs}) == 20
    for photograph in photographs[:4]:
        stream = io.BytesIO()
        Image.fromarray(photograph).save(stream, "PNG")
        seen = to_dataset_style(stream.getvalue())
        assert "cut_out" in seen.operations
        assert seen.second is not None
        assert seen.mask is not None
        assert 0.05 < seen.mask.mean() < 0.6
