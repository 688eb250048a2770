"""The format of a backup: a zip archive with the database, the runs, and a manifest with the sha256 of each member.

A zip archive ends with the list of its members, so a file that was cut is noticed when it is opened.
"""

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, BinaryIO, Final, NamedTuple, Self

from bot.errors import BackupError
from trainer.errors import problem_of
from trainer.runs.versions import versions

FORMAT: Final = 1
DATABASE: Final = "classroom.sqlite3"
_MANIFEST: Final = "manifest.json"
_KIND: Final = "keras-tutor backup"
_MOST_MANIFEST_BYTES: Final = 64 * 2**20
_CHUNK: Final = 2**20
_RUN_FILE: Final = r"runs/[a-z0-9][a-z0-9-]{0,47}/(plots/)?[\w-][\w.-]*"
_NAME: Final = re.compile(rf"{re.escape(DATABASE)}|diverged/[a-z0-9-]+\.csv|{_RUN_FILE}", re.ASCII)
# What zipfile raises for damaged, cut, encrypted or oddly packed archives.
_DAMAGE: Final = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, KeyError)


class Member(NamedTuple):
    """A file in a backup, as the manifest records it."""

    sha256: str
    size: int  # bytes


class Writer:
    """A backup that is being written to a file; `finish` makes it complete. Raises OSError."""

    def __init__(self, file: BinaryIO) -> None:
        self._archive = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        self._members: dict[str, Member] = {}

    def add(self, name: str, source: Path | bytes, *, packed: bool = False) -> None:
        """Add a file under this name; packed: compressed, which trained weights hardly are."""
        content = source if isinstance(source, bytes) else source.read_bytes()
        kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        self._archive.writestr(name, content, compress_type=kind)
        self._members[name] = Member(hashlib.sha256(content).hexdigest(), len(content))

    def finish(self) -> None:
        """Write the manifest and the list of members."""
        manifest = {
            "kind": _KIND,
            "format": FORMAT,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "version": versions()["keras-tutor"],
            "members": {name: member._asdict() for name, member in self._members.items()},
        }
        self._archive.writestr(_MANIFEST, json.dumps(manifest, indent=1), compress_type=zipfile.ZIP_DEFLATED)
        self._archive.close()


class Reader:
    """An opened backup: `members` by name. Nothing in it is believed before its sha256 was compared."""

    def __init__(self, file: Path, archive: zipfile.ZipFile) -> None:
        """Raises BackupError `backup_foreign`, `backup_newer`, `backup_damaged`."""
        self._file, self._archive = file, archive
        manifest = self._manifest()
        if manifest["format"] > FORMAT:
            raise BackupError("backup_newer", file=file, version=manifest["version"])
        self.members = {name: Member(**member) for name, member in manifest["members"].items()}
        listed = sorted(info.filename for info in archive.infolist())
        if DATABASE not in self.members or listed != sorted([*self.members, _MANIFEST]):
            raise BackupError("backup_damaged", file=file)
        if not all(_NAME.fullmatch(name) for name in self.members):
            raise BackupError("backup_foreign", file=file)

    @classmethod
    @contextmanager
    def open(cls, file: Path) -> Iterator[Self]:
        """Open a backup and turn errors into sentences: BackupError `backup_unreadable` and those above."""
        try:
            archive = zipfile.ZipFile(file)
        except OSError as error:
            raise BackupError("backup_unreadable", file=file, problem=problem_of(error)) from None
        except _DAMAGE:
            raise BackupError(_key_of_damage(file), file=file) from None
        try:
            with archive:
                yield cls(file, archive)
        except _DAMAGE:
            raise BackupError("backup_damaged", file=file) from None

    def check(self) -> None:
        """Read every member and compare its sha256; BackupError `backup_damaged`."""
        for name in self.members:
            with self._archive.open(name) as source:
                self._compare(name, source)

    def unpack(self, folder: Path) -> None:
        """Write every member below `folder`, each compared; BackupError `backup_damaged`, OSError."""
        for name in self.members:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with self._archive.open(name) as source, target.open("xb") as copy:
                self._compare(name, source, copy)

    def _compare(self, name: str, source: IO[bytes], copy: BinaryIO | None = None) -> None:
        expected, digest, size = self.members[name], hashlib.sha256(), 0
        while size <= expected.size and (chunk := source.read(_CHUNK)):
            digest.update(chunk)
            size += len(chunk)
            if copy is not None:
                copy.write(chunk)
        if (digest.hexdigest(), size) != expected:
            raise BackupError("backup_damaged", file=self._file)

    def _manifest(self) -> dict[str, Any]:
        try:
            if self._archive.getinfo(_MANIFEST).file_size > _MOST_MANIFEST_BYTES:
                raise BackupError("backup_foreign", file=self._file)
            manifest = json.loads(self._archive.read(_MANIFEST))
            if manifest["kind"] != _KIND:
                raise BackupError("backup_foreign", file=self._file)
        except zipfile.BadZipFile:
            raise BackupError("backup_damaged", file=self._file) from None
        except (KeyError, TypeError, ValueError):
            raise BackupError("backup_foreign", file=self._file) from None
        return manifest


def _key_of_damage(file: Path) -> str:
    """A file that begins like a zip archive was one: it is cut; anything else is foreign."""
    with file.open("rb") as opened:
        return "backup_damaged" if opened.read(4) == b"PK\x03\x04" else "backup_foreign"
