"""Download the files of Fashion-MNIST: two mirrors, time limits, checksums, one process at a time."""

import hashlib
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import BinaryIO, Final

from filelock import FileLock, Timeout

from trainer.errors import DatasetError
from trainer.runtime.atomic import new_file, remove_partial

# The first is in the README of the data set; Keras downloads from the second.
MIRRORS: Final = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
)
CONNECT_TIMEOUT_S: Final = 10.0  # also the longest wait for more data
FILE_TIMEOUT_S: Final = 300.0  # 26 MB at 90 kB/s
RETRY_AFTER_S: Final = 600.0  # without network only one training per 10 minutes waits for the time limits
_MAX_BYTES: Final = 40 * 2**20
_log = logging.getLogger(__name__)
_failed: dict[Path, tuple[float, DatasetError]] = {}


def fetch_fashion_mnist(
    folder: Path, files: Mapping[str, str], *, mirrors: Sequence[str] = MIRRORS, timeout_s: float = CONNECT_TIMEOUT_S
) -> Path:
    """Download the missing ones of `files` (name to sha256) into `folder` and return it.

    A file is saved only when it is complete and its checksum is right; calling this again downloads the files that are
    still missing. A second process waits for the first. Raises DatasetError (`dataset_unavailable`).
    """
    if (failure := _failed.get(folder)) and time.monotonic() - failure[0] < RETRY_AFTER_S:
        raise failure[1]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".download.lock", timeout=FILE_TIMEOUT_S * len(files)):
            remove_partial(folder)  # left by a killed process; no other one writes while this one holds the lock
            for name, digest in files.items():
                if not _is_good(folder / name, digest):
                    _fetch(folder / name, digest, mirrors, timeout_s)
    except DatasetError as error:
        _failed[folder] = (time.monotonic(), error)
        raise
    except (OSError, Timeout) as error:
        raise DatasetError("dataset_unavailable", name=folder, problem=_reason(error)) from None
    _failed.pop(folder, None)
    return folder


def _is_good(path: Path, digest: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def _fetch(target: Path, digest: str, mirrors: Sequence[str], timeout_s: float) -> None:
    problems: list[str] = []
    for mirror in mirrors:
        try:
            with new_file(target) as file:
                _copy(mirror + target.name, file, digest, timeout_s)
        except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError, ValueError) as error:
            problems.append(f"{mirror}: {_reason(error)}")
            _log.info("%s could not be downloaded from %s", target.name, problems[-1])
        else:
            return
    raise DatasetError("dataset_unavailable", name=target.name, problem="; ".join(problems) or "-")


def _copy(address: str, file: BinaryIO, digest: str, timeout_s: float) -> None:
    """Write the content of the address, which must have the sha256 `digest`, to `file`; else ValueError."""
    deadline = time.monotonic() + FILE_TIMEOUT_S
    found = hashlib.sha256()
    length = 0
    with urllib.request.urlopen(address, timeout=timeout_s) as answer:  # noqa: S310 constants
        while chunk := answer.read1(1 << 16):
            length += len(chunk)
            if length > _MAX_BYTES:
                raise ValueError(f"more than {_MAX_BYTES} bytes")
            if time.monotonic() > deadline:
                raise TimeoutError(f"not done after {FILE_TIMEOUT_S:.0f} s")
            found.update(chunk)
            file.write(chunk)
    if found.hexdigest() != digest:
        raise ValueError("its checksum is wrong")


def _reason(error: BaseException) -> str:
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
    return str(reason) or type(error).__name__
