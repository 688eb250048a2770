"""The data set is downloaded by a worker: through the proxy of `.env`, shown in the terminal and in the log."""

import shutil
from pathlib import Path

import pytest

from tests.loopback import LoopbackProxy
from tests.programs import run
from tests.trainer.data.mirror import Mirror
from trainer.data.fashion_mnist import FILES, home_folder

PASSWORD = "ge-heim-7"


@pytest.mark.slow
def test_the_real_data_set_through_a_proxy(real_data: Path, tmp_path: Path) -> None:
    content = {name: (real_data / name).read_bytes() for name in FILES}
    with Mirror(content) as mirror, LoopbackProxy("socks5", user="mei", password=PASSWORD) as proxy:
        proxy.hosts["mirror.test"] = mirror.server_port
        (tmp_path / ".env").write_text(
            f"ALL_PROXY=socks5://mei:{PASSWORD}@127.0.0.1:{proxy.port}\nFASHION_MNIST_MIRROR=http://mirror.test/once\n"
        )
        line = "/train epochs:1 batch_size:1024 seed:1\n"
        done = run("bot", tmp_path, "chat", lines=line, TUTOR_DATASET="fashion-mnist", LOG_LEVEL="DEBUG")
        assert set(proxy.targets) == {"mirror.test:80"}
    assert "downloading train-images-idx3-ubyte.gz" in done.stdout
    assert "Test accuracy" in done.stdout, done.stdout + done.stderr
    log = (tmp_path / "logs" / "bot.log").read_text("utf-8")
    assert "downloading train-images-idx3-ubyte.gz: 26.42 of 26.42 MB" in log
    assert log.count("downloading train-images") <= 13
    assert {path.name for path in home_folder(tmp_path).iterdir()} == {*FILES, ".download.lock"}
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != ".env")
    assert PASSWORD.encode() not in written
    assert PASSWORD not in done.stdout + done.stderr


@pytest.mark.slow
def test_the_worker_asks_every_mirror_through_the_proxy(practice_home: Path, tmp_path: Path) -> None:
    shutil.copytree(practice_home / "datasets", tmp_path / "datasets")
    with Mirror({}) as mirror, LoopbackProxy("http") as proxy:
        proxy.hosts["mirror.test"] = mirror.server_port
        settings = {
            "FASHION_MNIST_MIRROR": "http://mirror.test/missing",
            "https_proxy": proxy.url,
            "TUTOR_DATASET": "auto",
        }
        done = run("bot", tmp_path, "chat", lines="/train epochs:1 batch_size:1024\n", **settings)
        hosts = [target.partition(":")[0] for target in proxy.targets]
    assert hosts[0] == "mirror.test"
    assert mirror.asked == ["/missing/train-images-idx3-ubyte.gz"]
    assert {"fashion-mnist.s3-website.eu-central-1.amazonaws.com", "storage.googleapis.com"} < set(hosts)
    assert "practice set" in done.stdout.lower()
