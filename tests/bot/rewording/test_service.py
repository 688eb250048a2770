"""`/ask` with a service that rewords: its text first, or exactly the answer without it and a log line."""

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from aiohttp import web

from bot.classroom import Classroom, Learner
from bot.logs import Redactor
from bot.pictures.processes import Pictures
from bot.rewording import Rewording
from bot.search import Found, passages
from bot.settings import SECRETS, Settings, for_trainer, log_secrets
from bot.store import Store
from bot.training.local import environment
from tests.bot.rewording.conftest import KEY, Service, said
from trainer.errors import SettingsError
from trainer.language import LANGUAGES, Language
from trainer.settings import NAMES, read_settings

if TYPE_CHECKING:
    from tests.bot.conftest import FakeEngine, FakePictures, FakeSearch

FOUND = Found(("compile", "train"), ("compile:1", "glossary:loss", "train:6"), (), outside=False)
GOOD: dict[Language, str] = {"en": "Training makes the loss small.", "zh-CN": "训练使损失变小。"}
MARK: dict[Language, str] = {
    "en": "**In other words**, by the service 127.0.0.1",
    "zh-CN": "**换个说法**，由服务 127.0.0.1",
}
Answers = Callable[..., Any]


def settings_of(home: Path, url: str, **changes: Any) -> Settings:
    values = {"tutor_reword_url": url, "tutor_reword_model": "small", "tutor_reword_key": KEY, **changes}
    return Settings(_env_file=None, tutor_home=home, **values)  # pyright: ignore[reportCallIssue]


@pytest.fixture
def answers(
    service: Service, store: Store, search: "FakeSearch", engine: "FakeEngine", pictures: "FakePictures", tmp_path: Path
) -> Answers:
    """The answers of a classroom without the service, and of one with it."""
    search.found = FOUND

    async def both(language: Language = "en", limit_s: float = 60, **changes: Any) -> tuple[str, str]:
        said: list[str] = []
        for place, url in enumerate((None, service.url)):
            home = tmp_path / f"home-{place}-{len(service.asked)}"
            home.mkdir()
            given = settings_of(home, url or "", tutor_reword_url=url, **changes)
            room = Classroom(given, store, engine, pictures, search)  # type: ignore[arg-type]
            if url:
                room._rewording = Rewording(given, limit_s)
            answer = await room.ask(Learner("local", "local", language), "what is loss?")
            said.append(answer.text)
        return said[0], said[1]

    return both


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_good_text_stands_first_marked_and_the_passages_below_it(
    service: Service, answers: Answers, language: Language
) -> None:
    service.says(lambda: said(f"# {GOOD[language]}\n\n{GOOD[language]}", finish_reason="stop"))
    without, reworded = await answers(language)
    assert reworded.startswith(MARK[language])
    assert reworded.endswith(f"> {GOOD[language]}\n>\n> {GOOD[language]}\n\n{without}")
    assert service.keys == [f"Bearer {KEY}"]
    (asked,) = service.asked
    assert asked["model"] == "small"
    known = passages(language)
    assert asked["messages"][1]["content"] == f"{known['compile:1'].text}\n\n{known['glossary:loss'].text}"
    assert "what is loss" not in json.dumps(asked)


async def test_without_a_key_none_is_sent(service: Service, answers: Answers) -> None:
    service.says(lambda: said(GOOD["en"]))
    await answers(tutor_reword_key=None)
    assert service.keys == [None]


@pytest.mark.parametrize(
    ("response", "problem"),
    [
        (lambda: web.Response(status=500, text="no"), "status 500"),
        (lambda: web.Response(status=401, text=KEY), "status 401"),
        (lambda: web.Response(status=307, headers={"Location": "/v1/chat/completions"}), "status 307"),
        (lambda: web.Response(text="<html>Sign in</html>", content_type="text/html"), "JSONDecodeError"),
        (lambda: said("<html><body>Sign in</body></html>"), "an address"),
        (lambda: said("The loss is 0.123."), "the number 0.123"),
        (lambda: said("Use `keras.losses.Hinge`."), "the code"),
        (lambda: said(""), "empty"),
        (lambda: said(None), "has no text"),
        (lambda: said("Training makes", finish_reason="length"), "is cut"),
        (lambda: web.json_response({"error": {"message": "no model"}}), "expected form"),
        (lambda: web.json_response([]), "expected form"),
        (lambda: web.Response(body=b"[" * 200_000), "no rewording: RecursionError"),
        (lambda: web.Response(body=b"\xff" * 300_000), "more than 262144 bytes"),
    ],
)
async def test_whatever_the_service_does_the_answer_is_that_without_it(
    service: Service,
    answers: Answers,
    caplog: pytest.LogCaptureFixture,
    response: Callable[[], web.Response],
    problem: str,
) -> None:
    service.says(response)
    without, with_it = await answers()
    assert with_it == without
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("bot.rewording")]
    assert len(service.asked) == 1  # no redirect is followed
    assert len(lines) == 1
    assert problem in lines[0]
    assert "\n" not in lines[0]
    assert KEY not in caplog.text


async def test_a_slow_service_is_not_waited_for(
    service: Service, answers: Answers, caplog: pytest.LogCaptureFixture
) -> None:
    without, with_it = await answers(limit_s=0.2)
    assert with_it == without
    assert service.waiting.is_set()
    assert caplog.messages == ["no rewording: the service did not answer within 0.2 s"]


async def test_without_a_network_the_answer_is_that_without_it(
    answers: Answers, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    service.url = "http://127.0.0.1:9/v1"
    without, with_it = await answers()
    assert with_it == without
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "127.0.0.1" in caplog.text


async def test_a_question_outside_the_course_is_not_reworded(
    service: Service, answers: Answers, search: "FakeSearch"
) -> None:
    service.says(lambda: said(GOOD["en"]))
    search.found = Found(("compile",), (), (), outside=True)
    without, with_it = await answers()
    assert with_it == without
    assert service.asked == []


def test_it_is_off_by_default(tmp_path: Path) -> None:
    assert settings_of(tmp_path, "", tutor_reword_url=None).tutor_reword_url is None
    with pytest.raises(ValueError, match="TUTOR_REWORD_URL"):
        Rewording(settings_of(tmp_path, "", tutor_reword_url=None))


def test_the_key_is_in_no_text_and_reaches_no_child(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "https://host.example/v1")
    assert KEY not in repr(settings) + str(settings.model_dump()) + str(for_trainer(settings))
    assert Redactor(*log_secrets(settings))(f"Bearer {KEY}") == "Bearer [hidden]"
    assert "TUTOR_REWORD_KEY" in SECRETS
    with patch.dict(os.environ, {"TUTOR_REWORD_KEY": KEY}):
        assert "TUTOR_REWORD_KEY" not in environment()


async def test_a_picture_process_does_not_get_the_key(tmp_path: Path) -> None:
    with patch.dict(os.environ, {"TUTOR_REWORD_KEY": KEY}):
        processes = Pictures(settings_of(tmp_path, "https://host.example/v1"))
        try:
            assert await processes._drawing.call(os.getenv, "TUTOR_REWORD_KEY") is None
        finally:
            await processes.close()


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"URL": "host.example/v1", "MODEL": "m"}, "TUTOR_REWORD_URL"),
        ({"URL": "ftp://host.example/v1", "MODEL": "m"}, "TUTOR_REWORD_URL"),
        ({"URL": "https://me:pw@host.example/v1", "MODEL": "m"}, "TUTOR_REWORD_URL"),
        ({"URL": "https://host.example:99999/v1", "MODEL": "m"}, "TUTOR_REWORD_URL"),
        ({"URL": "https://host.example/v1?key=1", "MODEL": "m"}, "TUTOR_REWORD_URL"),
        ({"URL": "https://host.example/v1"}, "TUTOR_REWORD_MODEL"),
        ({"URL": "http://host.example/v1", "MODEL": "m", "KEY": KEY}, "TUTOR_REWORD_KEY"),
        ({"URL": "https://host.example/v1", "MODEL": "m", "KEY": f"{KEY} x"}, "TUTOR_REWORD_KEY"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_setting_is_named_and_the_key_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values: dict[str, str], named: str, language: Language
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in values.items():
        monkeypatch.setenv(f"TUTOR_REWORD_{name}", value)
    with pytest.raises(SettingsError, match=named) as error:
        read_settings(Settings, tutor_home=tmp_path)
    assert KEY not in error.value.sentence(language) + str(error.value.values)


def test_right_settings_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert {"TUTOR_REWORD_URL", "TUTOR_REWORD_MODEL", "TUTOR_REWORD_KEY"} <= NAMES
    for url, key in (
        ("http://127.0.0.1:11434/v1", KEY),
        ("http://host.example/v1/", ""),
        ("https://host.example", KEY),
    ):
        monkeypatch.setenv("TUTOR_REWORD_URL", url)
        monkeypatch.setenv("TUTOR_REWORD_MODEL", "small")
        monkeypatch.setenv("TUTOR_REWORD_KEY", key)
        settings = read_settings(Settings, tutor_home=tmp_path)
        assert settings.tutor_reword_url == url
        assert Rewording(settings)._url.count("//") == 1
