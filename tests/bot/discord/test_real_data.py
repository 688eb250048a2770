"""The real Fashion-MNIST, where it is."""

import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.loopback import ApiDescription, BotProcess, LoopbackDiscord, Upload
from tests.loopback.classroom import (
    assert_well_behaved,
    first_figure_after_test,
    run_id_in,
    shares_in,
    train,
    wait_finished,
)
from trainer.language import class_name
from trainer.runs.folder import find_run_by_id
from trainer.steps.predict import Predictor

NAMES = [class_name("en", label) for label in range(10)]
PICTURES = 12


@pytest.fixture(scope="module")
def discord() -> Iterator[LoopbackDiscord]:
    with LoopbackDiscord(api=ApiDescription.from_environment()) as server:
        yield server


@pytest.fixture(scope="module")
def bot(discord: LoopbackDiscord, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    settings = {"FASHION_MNIST_DIR": str(real_data), "TUTOR_DATASET": "fashion-mnist"}
    with BotProcess(discord, tmp_path_factory.mktemp("real"), None, **settings) as bot:
        bot.wait_for_commands()
        yield bot
        assert_well_behaved(discord)


@pytest.mark.slow
def test_training_and_the_networks_own_answers(discord: LoopbackDiscord, bot: BotProcess, real_data: Path) -> None:
    ada = discord.person("Ada")
    message = train(discord, ada, epochs=1, seed=7)
    wait_finished(discord, message)
    run = find_run_by_id(bot.home, run_id_in(message.text))
    assert first_figure_after_test(message.text) == f"{run.test_accuracy:.4f}"
    assert 0.78 < run.test_accuracy < 0.88  # one epoch of the tutorial's network
    assert "practice" not in message.text.lower()

    images = _test_images(real_data)[:PICTURES]
    for image, wanted in zip(images, Predictor(run)(images), strict=True):
        file = io.BytesIO()
        Image.fromarray(image).save(file, "PNG")
        upload = Upload("garment.png", file.getvalue())
        answer = discord.answer(discord.command(ada, "predict", image=upload))
        shares = shares_in(answer.text, NAMES)
        assert int(np.argmax(shares)) == wanted.label
        assert np.abs(np.array(shares) - 100 * wanted.probabilities).max() < 0.11


def _test_images(folder: Path) -> np.ndarray:
    """uint8[10000, 28, 28]."""
    packed = (folder / "t10k-images-idx3-ubyte.gz").read_bytes()
    return np.frombuffer(gzip.decompress(packed), np.uint8, offset=16).reshape(-1, 28, 28)
