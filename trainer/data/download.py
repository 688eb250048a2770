"""Download the files of Fashion-MNIST: several mirrors, resumed where a line broke off, one process at a time."""

import hashlib
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from trainer.data.part import Part
from trainer.data.request import NetworkError, ProxyFor, Reply, get
from trainer.errors import DatasetError, ProxyError, TrainingCancelled, problem_of
from trainer.events import Downloading, Event
from trainer.runtime.atomic import remove_partial

# The first is in the README of the data set; Keras downloads from the second.
MIRRORS: Final = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
)
SILENCE_S: Final = 30.0  # without a single byte
RETRY_AFTER_S: Final = 600.0  # without network only one training per 10 minutes waits for the time limits
PAUSE_S: Final = 1.0  # before a line that broke off is tried again
EVENT_S: Final = 0.5
_WAIT_S: Final = 0.5  # one wait for another process
_MAX_BYTES: Final = 40 * 2**20
_MOST_RESTARTS: Final = 2  # from one mirror
_log = logging.getLogger(__name__)
_failed: dict[Path, tuple[float, DatasetError]] = {}


def fetch_fashion_mnist(
    folder: Path,
    files: Mapping[str, str],
    *,
    mirror: str | None = None,
    mirrors: Sequence[str] | None = None,
    timeout_s: float = SILENCE_S,
    proxy_for: ProxyFor = lambda _: None,
    on_event: Callable[[Event], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Path:
    """Download the missing ones of `files` (name to sha256) into `folder` from `mirror` or `mirrors` and return it.

    A file is there only when it is complete and its checksum is right; what has arrived of others is kept, and calling
    this again goes on there. There is no time limit but `timeout_s` for silence. A second process waits for the first.
    Raises DatasetError (`dataset_unavailable`, or a proxy's error), TrainingCancelled.
    """
    if (failed := _failed.get(folder)) and time.monotonic() - failed[0] < RETRY_AFTER_S:
        raise failed[1]
    mirrors = [*([mirror] if mirror else []), *(MIRRORS if mirrors is None else mirrors)]
    download = _Download(mirrors, timeout_s, proxy_for, on_event, should_stop)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder / ".download.lock", should_stop):
            remove_partial(folder)  # left by an older version
            for name, digest in files.items():
                if not _is_good(folder / name, digest):
                    download.fetch(folder / name, digest)
    except DatasetError as error:
        if not download.arrived:
            _failed[folder] = (time.monotonic(), error)
        raise
    except OSError as error:
        raise DatasetError("dataset_unavailable", name=folder, problem=problem_of(error)) from None
    _failed.pop(folder, None)
    return folder


@contextmanager
def _locked(path: Path, should_stop: Callable[[], bool]) -> Iterator[None]:
    """Wait, as long as it takes, until no other process downloads; TrainingCancelled, OSError."""
    lock = FileLock(path)
    while True:
        try:
            lock.acquire(timeout=_WAIT_S)
            break
        except Timeout:
            if should_stop():
                raise TrainingCancelled from None
    try:
        yield
    finally:
        lock.release()


def _is_good(path: Path, digest: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


class _StartAgainError(Exception):
    """The server cannot go on where the part ends."""


class _Download:
    """How files are fetched; `arrived`: any byte has arrived."""

    def __init__(
        self,
        mirrors: Sequence[str],
        silence_s: float,
        proxy_for: ProxyFor,
        on_event: Callable[[Event], None],
        should_stop: Callable[[], bool],
    ) -> None:
        self._mirrors, self._silence_s, self._proxy_for = mirrors, silence_s, proxy_for
        self._on_event, self._should_stop = on_event, should_stop
        self._told_at = 0.0
        self.arrived = False

    def fetch(self, target: Path, digest: str) -> None:
        """Fetch a file from the first mirror that has it. Raises DatasetError, TrainingCancelled, OSError."""
        part, errors = Part(target), dict[str, Exception]()
        for mirror in self._mirrors:
            try:
                self._fetch_from(mirror + target.name, part, digest)
            except (NetworkError, ProxyError) as error:
                errors[mirror] = error
                _log.info("%s could not be downloaded from %s: %s", target.name, mirror, error)
            else:
                part.finish()
                return
        # With the proxy out of order every mirror has the same problem: its sentence says what to do.
        of_proxy = [error for error in errors.values() if isinstance(error, ProxyError)]
        if of_proxy and len(of_proxy) == len(errors):
            raise DatasetError(of_proxy[-1].key, **of_proxy[-1].values)
        problem = "; ".join(f"{mirror}: {error}" for mirror, error in errors.items())
        raise DatasetError("dataset_unavailable", name=target.name, problem=problem or "-")

    def _fetch_from(self, address: str, part: Part, digest: str) -> None:
        """Complete the part, with as many requests as make progress. Raises NetworkError, ProxyError."""
        reached, resumed, restarts = part.size, part.size > 0, 0
        while not part.is_whole(digest):
            try:
                self._request(address, part)
            except _StartAgainError:
                restarts += 1
                part.remove()
            except (NetworkError, ProxyError) as error:
                if part.size <= reached:
                    raise
                reached, resumed = part.size, True
                _log.info("%s: %s; trying again", address, error)
                self._pause()
            else:
                if part.is_whole(digest):
                    return
                part.remove()
                restarts += 1
                if not resumed:
                    raise NetworkError("its checksum is wrong")
                _log.info("%s: the checksum is wrong; starting again without what had arrived before", address)
                resumed = False
            if restarts > _MOST_RESTARTS:
                raise NetworkError("the file changes while it is downloaded")

    def _request(self, address: str, part: Part) -> None:
        """One request for what is missing, appended to the part. Raises also _StartAgainError."""
        begin = part.size
        headers = {"Range": f"bytes={begin}-"} if begin else {}
        if begin and (validator := part.validator(address)):
            headers["If-Range"] = validator
        with get(
            address, headers, proxy_for=self._proxy_for, silence_s=self._silence_s, should_stop=self._should_stop
        ) as reply:
            total = _begin(reply, address, part)
            size = part.size
            with part.path.open("ab") as file:
                for chunk in reply.chunks:
                    self.arrived = True
                    file.write(chunk)
                    size += len(chunk)
                    if size > _MAX_BYTES:
                        break
                    self._tell(part, size, total)
        if size > _MAX_BYTES:
            part.remove()
            raise NetworkError(f"more than {_MAX_BYTES} bytes")
        if total is not None and size < total:
            raise NetworkError(f"it broke off after {size} of {total} bytes")

    def _tell(self, part: Part, size: int, total: int | None) -> None:
        now = time.monotonic()
        if now - self._told_at >= EVENT_S or size == total:
            self._told_at = now
            self._on_event(Downloading(part.name, size, total or 0))

    def _pause(self) -> None:
        until = time.monotonic() + PAUSE_S
        while (left_s := until - time.monotonic()) > 0:
            if self._should_stop():
                raise TrainingCancelled
            time.sleep(min(left_s, _WAIT_S))


def _begin(reply: Reply, address: str, part: Part) -> int | None:
    """Decide by the head of an answer whether its content follows the part or replaces it.

    Returns the bytes of the whole file, None if unknown. Raises _StartAgainError; NetworkError for any other answer.
    """
    headers, begin = reply.headers, part.size
    etag = headers.get("ETag", "")
    validator = etag if etag.startswith('"') else headers.get("Last-Modified")  # a weak ETag says nothing about bytes
    if reply.status == HTTPStatus.OK:
        if headers.get_content_type() == "text/html":  # of a hotel's or a school's login page
            raise NetworkError("an HTML page instead of the file")
        length = headers.get("Content-Length", "")
        total = int(length) if length.isdecimal() else None
        part.begin(address, validator, total)
        return total
    if begin and reply.status == HTTPStatus.PARTIAL_CONTENT:
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", headers.get("Content-Range", "").strip())
        known = part.validator(address)
        changed = bool(known and validator and known != validator)
        if found is None or int(found[1]) != begin or changed or part.total not in (None, int(found[2])):
            raise _StartAgainError
        return int(found[2])
    if begin and reply.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        raise _StartAgainError
    raise NetworkError(f"HTTP status {reply.status}")
