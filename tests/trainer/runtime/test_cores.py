"""The cores that a process may use: affinity, and quotas of control groups of both kinds at any depth."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from bot.settings import MOST_WORKERS, Settings
from trainer.runtime import cores
from trainer.runtime.cores import usable_cores

V2 = "30 24 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = "32 31 0:29 {root} /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
OTHER = "33 31 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"


def machine(root: Path, mounts: str, group: str, quotas: dict[str, str]) -> Path:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/mountinfo").write_text(OTHER + mounts)
    (root / "proc/self/cgroup").write_text(f"9:cpuset:/elsewhere\n{group}\n")
    for name, content in quotas.items():
        file = root / "sys/fs/cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content + "\n")
    return root


@pytest.mark.parametrize(
    ("mounts", "group", "quotas", "expected"),
    [
        ("", "0::/", {}, 96),
        (V2, "0::/", {"cpu.max": "max 100000"}, 96),
        (V2, "0::/", {"cpu.max": "200000 100000"}, 2),
        (V2, "0::/", {"cpu.max": "250000 100000"}, 3),
        (V2, "0::/", {"cpu.max": "5000 100000"}, 1),
        (V2, "0::/", {"cpu.max": "20000000 100000"}, 96),
        (V2, "0::/a/b.service", {"a/cpu.max": "300000 100000", "a/b.service/cpu.max": "max 100000"}, 3),
        (V2, "0::/a/b.service", {"a/cpu.max": "800000 100000", "a/b.service/cpu.max": "4000 1000"}, 4),
        (V2, "0::/../../other", {"cpu.max": "200000 100000"}, 2),  # the process is outside of what is mounted
        (V2, "0::/gone", {}, 96),
        (V1.format(root="/"), "4:cpu,cpuacct:/", {"cpu,cpuacct/cpu.cfs_quota_us": "-1"}, 96),
        (
            V1.format(root="/"), "4:cpu,cpuacct:/docker/abc",
            {"cpu,cpuacct/docker/cpu.cfs_quota_us": "600000", "cpu,cpuacct/docker/cpu.cfs_period_us": "100000",
             "cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "-1", "cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000"}, 6,
        ),
        (  # in a container that sees its own group only
            V1.format(root="/docker/abc"), "4:cpu,cpuacct:/docker/abc",
            {"cpu,cpuacct/cpu.cfs_quota_us": "50000", "cpu,cpuacct/cpu.cfs_period_us": "25000"}, 2,
        ),
        (  # both kinds are mounted, as by systemd in its hybrid mode
            V1.format(root="/") + V2.replace("/sys/fs/cgroup", "/sys/fs/cgroup/unified"), "4:cpu,cpuacct:/x\n0::/x",
            {"cpu,cpuacct/x/cpu.cfs_quota_us": "700000", "cpu,cpuacct/x/cpu.cfs_period_us": "100000"}, 7,
        ),
        (V2, "0::/", {"cpu.max": "nonsense"}, 96),
        (V2, "0::/", {"cpu.max": "100000 0"}, 96),
    ],
)  # fmt: skip
def test_quotas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mounts: str, group: str, quotas: dict[str, str], expected: int
) -> None:
    monkeypatch.setattr(cores, "_affinity", lambda: 96)
    assert usable_cores(machine(tmp_path, mounts, group, quotas)) == expected


@pytest.mark.parametrize(("usable", "workers"), [(1, 1), (2, 1), (5, 4), (96, MOST_WORKERS)])
def test_workers_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, usable: int, workers: int) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bot.settings.usable_cores", lambda: usable)
    monkeypatch.setattr(os, "cpu_count", lambda: 96)
    assert Settings().tutor_workers == workers


def count(**options: object) -> int:
    command = [sys.executable, "-c", "from trainer.runtime.cores import usable_cores; print(usable_cores())"]
    return int(subprocess.run(command, capture_output=True, text=True, check=True, **options).stdout)  # type: ignore[call-overload]


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no affinity")
def test_the_affinity_of_a_real_process() -> None:
    assert sys.platform != "darwin"  # for the type checker
    own = psutil.Process()
    before = own.cpu_affinity()
    try:
        own.cpu_affinity(before[:1])
        assert count() == 1
    finally:
        own.cpu_affinity(before)


def test_the_quota_of_a_real_group() -> None:
    """Where this process may make one: as root with the first kind of control groups."""
    outer = Path("/sys/fs/cgroup/cpu") / f"tutor-test-{os.getpid()}"
    inner = outer / "inner"
    try:
        inner.mkdir(parents=True)
        (outer / "cpu.cfs_quota_us").write_text("100000")
        (outer / "cpu.cfs_period_us").write_text("100000")
    except OSError:
        pytest.skip("no control group can be made here")
    try:
        assert count(preexec_fn=lambda: (inner / "cgroup.procs").write_text(str(os.getpid()))) == 1
    finally:
        inner.rmdir()
        outer.rmdir()
