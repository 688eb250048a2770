"""How well the checks of `trainer.confidence.familiarity` recognise what is no garment: a table, on the real data set.

`uv run python -m tests.benchmarks.familiarity [PHOTOS]` (FASHION_MNIST_DIR set); PHOTOS: a folder of class folders.
The bars are an AUROC of 0.98 against the test images for every kind, and 5 % false alarms on these. The limits come
from held-out training images alone.
"""

import argparse
import os
from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.benchmarks import strange
from trainer.confidence.familiarity import CHECKS, THRESHOLD, Familiarity, compute_arrays, failed_check_names
from trainer.data.dataset import Dataset, split
from trainer.data.fashion_mnist import load_folder
from trainer.photo.style import to_dataset_style

LEAST_AUROC: Final = 0.98
MOST_FALSE_ALARMS: Final = 0.05


def auroc(near: NDArray[Any], far: NDArray[Any]) -> float:
    """The probability that a far picture scores higher than a near one; half for a tie (the Mann-Whitney statistic)."""
    _, place, count = np.unique(np.concatenate([near, far]), return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    return float((rank[len(near) :].sum() - len(far) * (len(far) + 1) / 2) / (len(near) * len(far)))


def fitted(dataset: Dataset) -> Familiarity:
    """The checks as a run of this data set saves them."""
    parts = split(dataset, validation=True)
    return Familiarity(compute_arrays(parts.train_images, parts.train_labels, parts.validation_images))


def kinds(test_images: NDArray[np.uint8], count: int) -> dict[str, NDArray[np.uint8]]:
    """uint8[n, 28, 28] of each kind: n is `count`, or a tenth of it where each picture is processed like an upload."""
    rng, few = np.random.default_rng(0), max(1, count // 10)
    screens = strange.screens(rng, few)
    colours = [Image.new("RGB", (150, 200), (gray,) * 3) for gray in range(0, 256, 5)]
    pen = strange.digits(rng, few, box=20, pen=(1.6, 3.6))
    return {
        "inverted test images": 255 - test_images[:count],
        "uniform noise": strange.noise(rng, count),
        "digits, box of 20, thin pen": strange.digits(rng, count, box=20, pen=(1.2, 2.4)),
        "digits, box of 20, thick pen": strange.digits(rng, count, box=20, pen=(2.4, 4.5)),
        "digits, box of 28": strange.digits(rng, count, box=28, pen=(1.6, 4.5)),
        "digits on paper, uploaded": np.stack([strange.uploaded(strange.on_paper(one)) for one in pen]),
        "letters": strange.letters(rng, count),
        "scribbles": strange.scribbles(rng, count),
        "flat gray, all 256": strange.flat(),
        "flat colour, uploaded": np.stack([strange.uploaded(colour) for colour in colours]),
        "screens of text, resized": np.stack([strange.resized(screen) for screen in screens]),
        "screens of text, uploaded": np.stack([strange.uploaded(screen) for screen in screens]),
    }


def photographs(folder: Path) -> dict[str, NDArray[np.uint8]]:
    """The pictures in each subfolder in the data set's style: uint8[n, 28, 28]."""
    return {
        each.name: np.stack([to_dataset_style(path.read_bytes()).pixels for path in sorted(each.iterdir())])
        for each in sorted(folder.iterdir())
        if each.is_dir()
    }


def _row(name: str, scores: NDArray[np.float32], area: str) -> str:
    worst = Counter(failed_check_names(one)[0] for one in scores if one.max() > THRESHOLD)
    said = ", ".join(f"{check} {100 * number / len(scores):.0f}" for check, number in worst.most_common(3))
    share = 100 * float((scores.max(axis=1) > THRESHOLD).mean())
    return f"{name:30} {len(scores):6} {area:>7} {share:7.1f}   {said}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="?", type=Path)
    parser.add_argument("--count", type=int, default=2000)
    options = parser.parse_args()
    dataset = load_folder(Path(os.environ["FASHION_MNIST_DIR"]))
    familiarity = fitted(dataset)
    near = familiarity.scores(dataset.test_images)
    alarms = float((near.max(axis=1) > THRESHOLD).mean())
    print(f"{'kind':30} {'n':>6} {'AUROC':>7} {'far %':>7}   worst check, % of all")
    print(_row("test images", near, "-"))
    each = ", ".join(
        f"{check} {100 * share:.2f}" for check, share in zip(CHECKS, (near > THRESHOLD).mean(0), strict=True)
    )
    print(f"  false alarms of each check, %: {each}")
    areas: list[float] = []
    for name, images in kinds(dataset.test_images, options.count).items():
        scores = familiarity.scores(images)
        areas.append(auroc(near.max(axis=1), scores.max(axis=1)))
        print(_row(name, scores, f"{areas[-1]:.4f}"))
    for name, images in (photographs(options.photos) if options.photos else {}).items():
        print(_row(f"photographs: {name}", familiarity.scores(images), "-"))
    print(f"least AUROC {min(areas):.4f} (bar {LEAST_AUROC}), false alarms {100 * alarms:.1f} % (bar 5)")
    return int(min(areas) < LEAST_AUROC or alarms > MOST_FALSE_ALARMS)


if __name__ == "__main__":
    raise SystemExit(main())
