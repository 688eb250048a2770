"""What the terminal classroom and the bot need to start; without it they end with one sentence."""

from pathlib import Path

import pytest

from tests.programs import call


@pytest.mark.parametrize(
    ("arguments", "settings", "code", "word"),
    [
        (("discord",), {}, 2, "DISCORD_TOKEN"),
        (("chat",), {"TUTOR_WORKERS": "many"}, 2, "TUTOR_WORKERS"),
        (("chat",), {"TUTOR_COLOUR": "red"}, 2, "TUTOR_COLOUR"),
        (("chat",), {"DATABASE_URL": "nothing"}, 2, "DATABASE_URL"),
        (("chat",), {"DASK_SCHEDULER_ADDRESS": "tcp://10.0.0.1:8786"}, 2, "DASK_SCHEDULER_ADDRESS"),
        (("chat",), {"FASHION_MNIST_DIR": "/no/such/folder", "TUTOR_DATASET": "auto"}, 2, "FASHION_MNIST_DIR"),
        (("discord",), {"DISCORD_TOKEN": "  "}, 2, "DISCORD_TOKEN"),
        (("discord",), {"DISCORD_TOKEN": "MTIz\nNDU2"}, 2, "DISCORD_TOKEN"),
        (("disco",), {}, 2, "disco"),
        (("--colour",), {"TUTOR_LANG": "zh-CN"}, 2, "--colour"),
        (("sync", "--guild", "mine"), {}, 2, "mine"),
    ],
)
def test_what_cannot_start_says_why(
    tmp_path: Path, arguments: tuple[str, ...], settings: dict[str, str], code: int, word: str
) -> None:
    done = call("bot", tmp_path, *arguments, **settings)
    assert done.returncode == code
    assert len(done.stderr.splitlines()) == 1
    assert word in done.stderr


def test_a_settings_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfeTUTOR_LANG=en")
    done = call("bot", tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["The file .env is not UTF-8 text: save it again as UTF-8, or remove it."]


@pytest.mark.parametrize("name", ["", "logs", "sessions"])
def test_a_home_that_cannot_be_written(tmp_path: Path, name: str) -> None:
    home = tmp_path / "home"
    (home / name).parent.mkdir(exist_ok=True)
    (home / name).write_text("a file where a folder should be")
    done = call("bot", home)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "TUTOR_HOME" in done.stderr
