"""One loopback Discord and one bot process for all tests that do not harm it; each test is a class of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import pytest

from tests.loopback import ApiDescription, BotProcess, LoopbackDiscord
from tests.loopback.classroom import Trained, assert_no_secrets, assert_well_behaved, run_id_in, train, wait_finished
from trainer.runs.folder import find_run_by_id


@pytest.fixture(scope="session")
def _server() -> Iterator[LoopbackDiscord]:
    with LoopbackDiscord(api=ApiDescription.from_environment()) as server:
        yield server


@pytest.fixture(scope="session")
def home_with_data(practice_home: Path) -> Callable[[Path], Path]:
    """Makes a new home in which the practice set is drawn already: that takes seconds."""

    def make(home: Path) -> Path:
        copytree(practice_home / "datasets", home / "datasets")
        return home

    return make


@pytest.fixture(scope="session")
def bot(
    _server: LoopbackDiscord, home_with_data: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BotProcess]:
    """The bot that all harmless tests share; at the end it has written no secret anywhere."""
    folder = tmp_path_factory.mktemp("bot")
    home_with_data(folder / "home")
    with BotProcess(_server, folder) as bot:
        bot.wait_for_commands()
        yield bot
        assert_no_secrets(_server, bot)


@pytest.fixture
def discord(_server: LoopbackDiscord, bot: BotProcess) -> Iterator[LoopbackDiscord]:
    """A new class at the shared bot; at the end nothing was against Discord's rules and nobody waits for an answer."""
    _server.new_class()
    yield _server
    assert bot.alive, bot.stderr.read_text(errors="replace")[-2000:]
    assert_well_behaved(_server)


@pytest.fixture(scope="session")
def trained(_server: LoopbackDiscord, bot: BotProcess) -> Trained:
    """A run that was trained once for all tests that only look at one."""
    _server.new_class()
    person = _server.person("Mei")
    message = train(_server, person, epochs=2, seed=1)
    wait_finished(_server, message)
    return Trained(person, _server.channel, message, find_run_by_id(bot.home, run_id_in(message.text)))
