"""The menu of a message: many attachments, embeds through Discord's proxy alone, forwarded messages."""

import io
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pillow_heif
import pytest
from PIL import Image

from tests.loopback import LoopbackDiscord, Message, Upload
from tests.loopback.classroom import CHINESE, Trained, shares_in
from trainer.data.practice import draw_practice
from trainer.language import class_name

pillow_heif.register_heif_opener()
NAMES = [class_name("en", label) for label in range(10)]


class Trap:
    """A machine that the bot must never ask for anything."""

    def __init__(self) -> None:
        asked = self.asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(shirt("any").data)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def trap() -> Iterator[Trap]:
    trap = Trap()
    threading.Thread(target=trap.server.serve_forever, daemon=True).start()
    yield trap
    trap.server.shutdown()
    trap.server.server_close()
    assert trap.asked == [], "an address that a user wrote was fetched"


def shirt(name: str) -> Upload:
    images, _, _, _ = draw_practice(10, 10)
    file = io.BytesIO()
    Image.fromarray(images[0]).save(file, "PNG")
    return Upload(name, file.getvalue())


def answers_to(discord: LoopbackDiscord, trained: Trained, posted: Message, *, locale: str = "en-US") -> list[str]:
    """What is said about each picture of the message."""
    interaction = discord.message_menu(discord.person("Zoe", locale), "Classify this image", posted)
    first = discord.answer(interaction)
    of_several = re.search(r"(?:Picture \d+ of |共 )(\d+)", first.text)
    count = int(of_several.group(1)) if of_several else 1
    discord.wait(lambda: len(interaction.followups) >= count - 1, 30, f"{count} answers")
    assert interaction.message is not None
    return [message.text for message in (interaction.message, *interaction.followups)]


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_ten_attachments_are_answered_each_by_its_name(discord: LoopbackDiscord, trained: Trained, locale: str) -> None:
    good = shirt("a.png")
    uploads = [
        replace(good, name="first.png"),
        Upload("empty.png", b""),
        Upload("text.png", b"no picture at all"),
        replace(good, name="second.png"),
        Upload("head.png", good.data[:40]),
        Upload("large.png", b"x", declared_bytes=25 * 2**20),
        Upload("grows.png", good.data, declared_bytes=500, behaviour="endless"),
        Upload("gone.png", good.data, behaviour="missing"),
        Upload("notes.txt", b"not a picture, and nobody says it is", content_type="text/plain"),
        replace(good, name="third.png"),
    ]
    posted = discord.post(discord.person("Mei"), "look", *uploads, channel=trained.channel)
    texts = answers_to(discord, trained, posted, locale=locale)
    pictures = [upload.name for upload in uploads if upload.name != "notes.txt"]
    assert len(texts) == len(pictures)
    for number, (text, name) in enumerate(zip(texts, pictures, strict=True), start=1):
        last = text.split("\n")[-1]
        assert f"`{name}`" in last
        assert str(number) in last
        assert (" %" in text) == (name in ("first.png", "second.png", "third.png")), text
        assert bool(CHINESE.search(text)) == (locale == "zh-CN")
    assert "large.png" not in discord.world.cdn.served_bytes
    assert discord.world.cdn.served_bytes["grows.png"] < 32 * 2**20


def test_pictures_of_phones_whatever_their_names(discord: LoopbackDiscord, trained: Trained) -> None:
    large = Image.open(io.BytesIO(shirt("a").data)).resize((280, 280)).convert("RGB")
    uploads = []
    for kind, name, declared in (
        ("HEIF", "IMG_0001.HEIC", ""),
        ("AVIF", "photo", ""),
        ("JPEG", "picture.bin", "image/webp"),
        ("JPEG", "cut off.jpg_large", "image/jpeg"),
    ):
        file = io.BytesIO()
        large.save(file, kind, quality=90)
        data = file.getvalue()[:-300] if name.startswith("cut") else file.getvalue()
        uploads.append(Upload(name, data, content_type=declared or "application/octet-stream"))
    posted = discord.post(discord.person("Mei"), "look", *uploads, channel=trained.channel)
    for attached, upload in zip(posted.data["attachments"], uploads, strict=True):
        if not upload.content_type.startswith("image/"):
            del attached["content_type"]
    texts = answers_to(discord, trained, posted)
    assert len(texts) == 4
    assert all(len(shares_in(text, NAMES)) == 10 for text in texts)
    assert ["The end of this file is missing" in text for text in texts] == [False, False, False, True]


def test_names_cannot_break_the_answer(discord: LoopbackDiscord, trained: Trained) -> None:
    names = ["../../etc/passwd.png", "我的鞋子 👟.png", "x" * 300 + ".png", "`**a**\n# b`.png", "\u202egnp.exe.png"]
    posted = discord.post(discord.person("Mei"), "", *(shirt(f"{at}.png") for at in range(5)), channel=trained.channel)
    for attached, name in zip(posted.data["attachments"], names, strict=True):
        attached["filename"] = name
    lines = [text.split("\n")[-1] for text in answers_to(discord, trained, posted)]
    assert [line.count("`") for line in lines] == [2] * 5
    assert names[0] in lines[0]
    assert names[1] in lines[1]
    assert len(lines[2]) < 100
    assert "\u202e" not in lines[4]


def test_embeds_are_fetched_from_discords_proxy_alone(discord: LoopbackDiscord, trained: Trained, trap: Trap) -> None:
    posted = discord.post(discord.person("Mei"), "from a shop", channel=trained.channel)
    discord.embed(posted, f"{trap.url}/one.png", shirt("one.png"))
    discord.embed(posted, f"{trap.url}/two.png", shirt("two.png"), place="thumbnail")
    texts = answers_to(discord, trained, posted)
    assert len(texts) == 2
    for text in texts:
        assert sum(shares_in(text, NAMES)) == pytest.approx(100, abs=1)


def test_no_other_address_is_asked(discord: LoopbackDiscord, trained: Trained, trap: Trap) -> None:
    host = trap.url.removeprefix("http://")
    addresses = (
        None,
        f"{trap.url}/a.png",
        f"https://{host}/a.png",
        f"http://media.discordapp.net@{host}/a.png",
        f"http://{host}/media.discordapp.net/a.png",
        f"http://cdn.discordapp.com.{host}/a.png",
        "file:///etc/passwd",
        "//media.discordapp.net/a.png",
        "http://[",
    )
    posted = discord.post(discord.person("Mei"), "", channel=trained.channel)
    for address in addresses:
        media = discord.embed(posted, f"{trap.url}/source.png", shirt("any.png"))
        media["proxy_url"] = address
        if address is None:
            del media["proxy_url"]
    (text,) = answers_to(discord, trained, posted)
    assert "no picture" in text


def test_a_proxy_that_sends_on_or_does_not_end(discord: LoopbackDiscord, trained: Trained, trap: Trap) -> None:
    posted = discord.post(discord.person("Mei"), "", channel=trained.channel)
    lies = (
        Upload("on.png", b"", behaviour="elsewhere", elsewhere=f"{trap.url}/inside"),
        Upload("all.png", shirt("").data, behaviour="endless"),
    )
    for upload in lies:
        discord.embed(posted, "https://shop.invalid/a.png", upload)
    texts = answers_to(discord, trained, posted)
    assert len(texts) == 2
    assert all(" %" not in text for text in texts)
    assert "MiB" in texts[1]
    assert discord.world.cdn.served_bytes["all.png"] < 32 * 2**20


def test_a_forwarded_message(discord: LoopbackDiscord, trained: Trained) -> None:
    original = discord.post(discord.person("Mei"), "", shirt("one.png"), channel=trained.channel)
    discord.embed(original, "https://shop.invalid/a.png", shirt("two.png"))
    forwarded = discord.forward(discord.person("Tom"), original)
    texts = answers_to(discord, trained, forwarded)
    assert len(texts) == 2
    assert "`one.png`" in texts[0]
    assert all(sum(shares_in(text, NAMES)) == pytest.approx(100, abs=1) for text in texts)
