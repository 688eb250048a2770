"""Limits of what a user may ask for: hyper-parameters, measurements, uploaded pictures."""

from typing import Final

EPOCHS_RANGE: Final = (1, 50)
BATCH_SIZE_RANGE: Final = (8, 1024)
LEARNING_RATE_MAX: Final = 10.0  # and above 0
SEED_RANGE: Final = (0, 2**31 - 1)  # keras.utils.set_random_seed takes an int32
BENCH_RUNS_RANGE: Final = (1, 20)

PICTURE_BYTES: Final = 10 * 2**20
PICTURE_PIXELS: Final = 50_000_000
REDUCED_PIXELS: Final = 120_000_000  # of a JPEG, whose decoder reduces by up to eight before it allocates memory
PICTURE_SIDE: Final = 30_000  # pixels
PICTURE_ENDINGS: Final = (".png", ".jpg", ".jpeg", ".jfif", ".mpo", ".webp", ".gif", ".bmp", ".avif", ".heic", ".heif")
