"""The settings: each explained in `.env.example`, wrong ones named, secrets never shown."""

import os
from pathlib import Path

import pytest

from bot.settings import Settings
from trainer.errors import SettingsError
from trainer.settings import NAMES, read_settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name in ("KERAS_HOME", "MPLCONFIGDIR", "DASK_TEMPORARY_DIRECTORY"):  # read_settings changes them
        monkeypatch.setenv(name, os.environ.get(name, ""))


def test_every_setting_stands_in_the_example_with_an_explanation() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    settings = {
        line.split("=")[0]: lines[index - 1] for index, line in enumerate(lines) if "=" in line and line[0] != "#"
    }
    assert set(settings) == NAMES
    assert all(explanation.startswith("# ") for explanation in settings.values())


def test_the_trainer_knows_every_setting_of_the_bot() -> None:
    assert {name.upper() for name in Settings.model_fields} == NAMES


def test_the_example_itself_is_a_valid_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    settings = read_settings(Settings)
    assert settings.discord_token is None
    assert settings.tutor_home == tmp_path / "data"
    assert settings.database == f"sqlite+aiosqlite:///{tmp_path / 'data' / 'classroom.sqlite3'}"


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("TUTOR_LANG=zh-CN\nTUTOR_WORKERS=3\n", encoding="utf-8")
    monkeypatch.setenv("TUTOR_LANG", "en")
    settings = read_settings(Settings)
    assert (settings.tutor_lang, settings.tutor_workers) == ("en", 3)


@pytest.mark.parametrize(
    ("variable", "value", "language"),
    [
        ("LC_ALL", "zh_CN.UTF-8", "zh-CN"),
        ("LANG", "zh_TW.UTF-8", "zh-CN"),
        ("LC_MESSAGES", "zh", "zh-CN"),
        ("LANG", "C.UTF-8", "en"),
        ("LANG", "de_DE@euro", "en"),
    ],
)
def test_the_language_comes_from_the_locale(
    variable: str, value: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)
    assert read_settings(Settings).tutor_lang == language


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TUTOR_WORKERS", "none"),
        ("TUTOR_WORKERS", "0"),
        ("TUTOR_DATASET", "mnist"),
        ("TUTOR_LANG", "fr"),
        ("LOG_LEVEL", "x"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        read_settings(Settings)
    assert name in caught.value.sentence("en")
    assert value in caught.value.sentence("zh-CN")


def test_an_unknown_setting_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("DASK_LOGGING=info\nDISCORD_TOKN=abc\n", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        read_settings(Settings)
    assert "DISCORD_TOKN" in str(caught.value)
    assert "abc" not in str(caught.value)
    (tmp_path / ".env").unlink()
    monkeypatch.setenv("TUTOR_HOEM", "x")
    with pytest.raises(SettingsError, match="TUTOR_HOEM"):
        read_settings(Settings)


def test_the_token_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "very.secret.token")
    settings = read_settings(Settings)
    assert "secret" not in repr(settings)
    assert "secret" not in str(settings.model_dump())


def test_a_wrong_token_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "very secret token")
    with pytest.raises(SettingsError, match="DISCORD_TOKEN") as caught:
        read_settings(Settings)
    assert "secret" not in caught.value.sentence("en") + str(caught.value.values)


@pytest.mark.parametrize("written", ['"{folder}"', "'{folder}'", " {folder} ", "{folder}/"])
def test_a_folder_in_quotation_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("FASHION_MNIST_DIR", written.format(folder=tmp_path))
    monkeypatch.setenv("TUTOR_HOME", str(tmp_path / "home"))
    assert read_settings(Settings).fashion_mnist_dir == tmp_path


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TUTOR_HOME", str(tmp_path / "file"))
    with pytest.raises(SettingsError) as caught:
        read_settings(Settings)
    assert caught.value.key == "home_unwritable"
    monkeypatch.setenv("FASHION_MNIST_DIR", str(tmp_path / "nothing"))
    with pytest.raises(SettingsError) as caught:
        read_settings(Settings)
    assert caught.value.key == "data_folder_missing"
    with pytest.raises(SettingsError) as caught:  # the practice set does not need it
        read_settings(Settings, tutor_dataset="practice")
    assert caught.value.key == "home_unwritable"
