"""Freed memory is returned to the system."""

import json
import subprocess
import sys

import pytest

# A picture of nine megabytes, read piece by piece, copied once, and freed; something small stays.
CLASS_WITH_PICTURES = """
import json, sys, threading
import psutil
from trainer.runtime.memory import return_memory_when_freed
if sys.argv[1] == "yes":
    return_memory_when_freed()
kept = []
def read_picture():
    content = bytearray()
    for _ in range(144):
        content += bytes(65536)
    copy = bytes(content)
    kept.append(bytes(1000))
def read_pictures():
    threads = [threading.Thread(target=read_picture) for _ in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
before = psutil.Process().memory_info().rss
for _ in range(3):
    read_pictures()
print(json.dumps(psutil.Process().memory_info().rss - before))
"""


def grown_bytes(settled: str) -> int:
    command = [sys.executable, "-c", CLASS_WITH_PICTURES, settled]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc is what keeps freed memory")
def test_pictures_leave_nothing_behind() -> None:
    assert grown_bytes("yes") < 4 * 2**20
