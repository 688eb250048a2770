"""The progress of a download of the data set: its figures, and lines in the log."""

import logging
import time
from typing import Final

from trainer.events import Downloading

LINE_S: Final = 10.0  # at least between two lines about a file
LINE_SHARE: Final = 0.1  # likewise, of the file
_log = logging.getLogger(__name__)


def share_arrived(download: Downloading) -> float:
    """The share of the file that has arrived, in [0, 1]; 0 if unknown."""
    return min(1.0, download.done_bytes / download.total_bytes) if download.total_bytes else 0.0


def arrived(download: Downloading) -> dict[str, str]:
    """The values of a sentence: the file's name, and how many megabytes of how many have arrived."""
    total = f"{download.total_bytes / 1e6:.2f}" if download.total_bytes else "?"
    return {"file": download.file, "done": f"{download.done_bytes / 1e6:.2f}", "total": total}


class DownloadLog:
    """Writes a line when a file begins and ends, and between at most one every LINE_S and LINE_SHARE."""

    def __init__(self) -> None:
        self._last: Downloading | None = None
        self._at = 0.0

    def __call__(self, event: Downloading) -> None:
        """Log the event, or leave it out."""
        last, now, ended = self._last, time.monotonic(), event.done_bytes == event.total_bytes
        if last is not None and last.file == event.file and not ended:
            further = share_arrived(event) - share_arrived(last)
            if now - self._at < LINE_S or (event.total_bytes and 0 <= further < LINE_SHARE):
                return
        self._last, self._at = event, now
        _log.info("downloading %(file)s: %(done)s of %(total)s MB", arrived(event))
