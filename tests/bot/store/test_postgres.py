"""The store on a real PostgreSQL server of its own, which listens on a socket in a temporary folder only.

Debian's package `postgresql` has what is needed. The server refuses to run as root: then it runs as `postgres`.
"""

import asyncio
import getpass
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine

from bot.errors import StoreError
from bot.store import ArticlePictureRow, ArticleRow, CookieRow, PageStore, Store, VisitorRow
from bot.store.tables import Table

# These tests are run again here, on the `store` of this module.
from tests.bot.store.test_store import (  # noqa: F401
    NOON,
    row,
    test_a_run_is_read_as_it_was_saved,
    test_finished_runs_are_those_of_the_owner_or_the_server_newest_first,
    test_progress_keeps_the_last_step_and_the_first_time,
    test_saving_again_replaces,
)
from tests.programs import run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="PostgreSQL is started by Unix means")


def _programs() -> Path:
    """The folder of initdb and pg_ctl: Debian keeps them outside PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    found = [path for path in debian if (path / "initdb").exists()]
    if not found and (initdb := shutil.which("initdb")):
        found = [Path(initdb).parent]
    if not found:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    return found[-1]


@pytest.fixture(scope="module")
def server() -> Iterator[Path]:
    """The folder with the socket of a running server."""
    programs, is_root = _programs(), getpass.getuser() == "root"
    folder = Path(tempfile.mkdtemp(prefix="tutor-pg-"))  # a socket's path may have 107 bytes: not below tmp_path
    if is_root:
        try:
            shutil.chown(folder, "postgres")
        except LookupError:
            shutil.rmtree(folder)
            pytest.skip("PostgreSQL does not run as root, and there is no user `postgres`")

    def call(name: str, *arguments: str) -> None:
        command = [str(programs / name), *arguments]
        if is_root:
            command = ["runuser", "-u", "postgres", "--", *command]
        log = folder.with_suffix(".log")
        with log.open("a") as output:  # a file: the server keeps what it inherits open
            done = subprocess.run(command, stdout=output, stderr=output, timeout=120, check=False, cwd="/")
        assert done.returncode == 0, log.read_text()

    data = folder / "data"
    try:
        call("initdb", "-D", str(data), "-U", "tutor", "--auth=trust", "-E", "UTF8", "--no-locale", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        call("pg_ctl", "-D", str(data), "-o", options, "-l", str(folder / "server.log"), "-w", "start")
        try:
            yield folder
        finally:
            call("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_suffix(".log").unlink(missing_ok=True)


@pytest.fixture
async def address(server: Path, request: pytest.FixtureRequest) -> str:
    """The URL of a new database."""
    name = f"t{abs(hash(request.node.name))}"
    admin = await asyncpg.connect(host=str(server), user="tutor", database="postgres")
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    return f"postgresql+asyncpg://tutor:hushhush@/{name}?host={quote(str(server))}"


@pytest.fixture
async def store(address: str) -> AsyncIterator[Store]:
    async with Store(address) as opened:
        yield opened


async def test_the_schema_is_that_of_the_tables(store: Store, address: str) -> None:
    engine = create_async_engine(address)
    async with engine.connect() as connection:
        differences = await connection.run_sync(
            lambda one: compare_metadata(MigrationContext.configure(one), Table.metadata)
        )
    await engine.dispose()
    assert differences == []


async def test_facts_old_runs_and_opening_again(address: str) -> None:
    async with Store(address) as store:
        await store.save_fact("commands", "1234")
        await store.save_fact("commands", "训练")
        for number in range(3):
            await store.save_run(row(f"r{number}", guild_id="7", finished_at=NOON + timedelta(days=number)))
    async with Store(address) as store:
        assert await store.fact("commands") == "训练"
        assert [one.id for one in await store.runs_before(NOON + timedelta(days=1), guild_id="7")] == ["r0"]
        await store.remove_runs(["r0", "r1"])
        assert await store.known_runs(["r0", "r1", "r2"]) == {"r2"}


OPEN = """
import asyncio, sys
from bot.store import Store

async def main():
    async with Store(sys.argv[1]) as store:
        await store.save_fact(sys.argv[2], "open")

asyncio.run(main())
"""


async def test_two_bots_start_at_the_same_time(address: str) -> None:
    starts = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", OPEN, address, f"bot {number}", stderr=asyncio.subprocess.PIPE
        )
        for number in range(2)
    ]  # fmt: skip
    async with asyncio.timeout(60):
        ended = [await start.communicate() for start in starts]
    assert [start.returncode for start in starts] == [0, 0], ended
    async with Store(address) as store:
        assert [await store.fact(f"bot {number}") for number in range(2)] == ["open", "open"]


async def test_what_the_page_keeps(store: Store) -> None:
    page = PageStore(store)
    visitor = VisitorRow(id="page-1", name="Mei", language="zh-CN", joined_at=NOON)
    await page.save_visitor(visitor, CookieRow(token_sha256="0" * 64, visitor_id="page-1", created_at=NOON))
    found = await page.visitor_of("0" * 64)
    assert found is not None
    assert found.name == "Mei"
    ids: list[int] = []
    for number in range(3):
        article = ArticleRow(
            visitor_id="page-1", command="train", asked=f"/train {number}", state="finished", answer={"text": "好"},
            created_at=NOON,
        )  # fmt: skip
        picture = ArticlePictureRow(article_id=0, position=0, name="a.png", alt="图", data=b"\x00\xffpng")
        ids.append(await page.save_article(article, [picture], keep=2))
    kept = await page.articles("page-1", 10)
    assert [article.id for article, _ in kept] == ids[1:]
    shown = await page.picture(ids[2], 0, "page-1")
    assert shown is not None
    assert shown.data == b"\x00\xffpng"
    await page.remove_visitor("page-1")
    assert await page.article(ids[2]) is None


async def test_a_server_that_refuses(address: str) -> None:
    wrong = address.replace("?", "no?")
    with pytest.raises(StoreError) as caught:
        async with Store(wrong):
            pass
    assert caught.value.key == "database_failed"
    assert "hushhush" not in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_the_classroom_on_it(address: str, tmp_path: Path) -> None:
    done = await asyncio.to_thread(
        run, "bot", tmp_path, "chat", lines="/explain step:intro\n/status\n", DATABASE_URL=address
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Database: answers within" in done.stdout
    async with Store(address) as store:
        assert await store.steps_seen("local") == {"intro"}
