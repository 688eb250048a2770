"""One picture, from decoded array to ten probabilities: the saved run's own form against `model.predict`.

`uv run python -m tests.benchmarks.predict RUN...` prints the medians of both in milliseconds and the largest difference
between their answers on 1000 test images. The bars: under 1 ms for a network of dense layers, 10 ms for convolutions,
1e-4 between the two.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from trainer.runs.folder import open_run
from trainer.steps.load import load_data
from trainer.steps.predict import Predictor
from trainer.steps.preprocess import scale

BAR_MS: Final = {"tutorial": 1.0}
OTHER_BAR_MS: Final = 10.0
DIFFERENCE: Final = 1e-4
IMAGES: Final = 1000
TIMES: Final = 200


def median_ms(answer: Callable[[], Any], times: int) -> float:
    """Milliseconds of one call; the first ones, which prepare, are not counted."""
    seconds: list[float] = []
    for turn in range(times + 3):
        began = time.perf_counter()
        answer()
        if turn >= 3:
            seconds.append(time.perf_counter() - began)
    return 1000 * statistics.median(seconds)


def measure(path: Path) -> bool:
    """Print the figures of one run; True if it stays within the bars."""
    import keras

    run = open_run(path)
    images = load_data("practice" if run.dataset == "practice" else "fashion-mnist").test_images[:IMAGES]
    predictor = Predictor(run)
    model: Any = keras.saving.load_model(path / "model.keras", compile=False)
    one = images[:1]
    ours, whole = median_ms(lambda: predictor.probabilities(one), TIMES), median_ms(lambda: predictor(one), TIMES)
    theirs = median_ms(lambda: model.predict(scale(one), verbose=0), TIMES // 10)
    away = np.abs(predictor.probabilities(images) - model.predict(scale(images), verbose=0)).max()
    bar = BAR_MS.get(run.record["recipe"], OTHER_BAR_MS)
    print(
        f"{run.record['recipe']}: {ours:.3f} ms, with familiarity {whole:.3f} ms (bar {bar:g}); "
        f"model.predict {theirs:.1f} ms; largest difference {away:.1e} (bar {DIFFERENCE:g})"
    )
    return bool(ours <= bar and away <= DIFFERENCE)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", nargs="+", type=Path, help="folders of runs")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    return int(not all(tuple(map(measure, parser.parse_args().run))))


if __name__ == "__main__":
    raise SystemExit(main())
