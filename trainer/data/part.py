"""The part of a file that has arrived: kept until the rest arrives, in this process or a later one."""

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any


class Part:
    """`.<name>.partial` beside the file, and in `.<name>.partial.json` where it is from.

    A version of a file is told by its validator, the ETag or the date that its server names. Methods raise OSError.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self.path = target.with_name(f".{target.name}.partial")
        self._origin = target.with_name(f".{target.name}.partial.json")

    @property
    def name(self) -> str:
        """The name of the file."""
        return self._target.name

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        return self.path.stat().st_size if self.path.is_file() else 0

    @property
    def total(self) -> int | None:
        """Bytes of the whole file; None if unknown."""
        total = self._read().get("total")
        return total if isinstance(total, int) else None

    def validator(self, address: str) -> str | None:
        """That of the version which the part is from, if it is from this address."""
        origin = self._read()
        return str(origin["validator"]) if origin.get("address") == address and origin.get("validator") else None

    def begin(self, address: str, validator: str | None, total: int | None) -> None:
        """Discard the part; what is appended from now on is from this address."""
        self.remove()
        origin = {"address": address, "validator": validator, "total": total}
        self._origin.write_text(json.dumps(origin), encoding="utf-8")

    def remove(self) -> None:
        """Discard the part."""
        self.path.unlink(missing_ok=True)
        self._origin.unlink(missing_ok=True)

    def is_whole(self, digest: str) -> bool:
        """Whether the sha256 of what has arrived is `digest`."""
        return self.path.is_file() and hashlib.sha256(self.path.read_bytes()).hexdigest() == digest

    def finish(self) -> None:
        """Make it the file."""
        with self.path.open("rb+") as file:
            os.fsync(file.fileno())
        self.path.replace(self._target)
        self.remove()

    def _read(self) -> dict[str, Any]:
        with suppress(OSError, ValueError):
            origin = json.loads(self._origin.read_text(encoding="utf-8"))
            if isinstance(origin, dict):
                return origin
        return {}
