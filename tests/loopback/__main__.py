"""`python -m tests.loopback`: a Discord to look at messages by hand, with a line for everything that people can do.

`--bot` starts `python -m bot discord` against it; without, the settings that lead a bot here are printed.
"""

import argparse
import os
import shlex
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.loopback import REDIRECT_FOLDER, ApiDescription, LoopbackDiscord, Message, Person, Shown, Upload

HELP = """\
/train epochs:2 seed:1      a slash command; image:shoe.png attaches that file
press Next                  the button with that word, on the newest message that has one (`press Next 3`: message 3)
menu "Classify this image" shoe.png    post that picture and use the entry of the message's menu
complete /predict run:2026  what is offered while typing the last option
be Lin zh-CN teacher        be somebody else
op7 | op9 | cut             the gateway asks to reconnect, ends the session, dies
requests                    the last requests
quit
"""
POLL_S = 0.2


class Console:
    """Reads lines, acts on the server, prints what arrives."""

    def __init__(self, server: LoopbackDiscord, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._numbers: dict[str, int] = {}
        self._printed: dict[str, int] = {}
        self._complaints = 0
        self._person: Person = server.person("Ada")

    def watch(self) -> None:
        """Print every new look of every message, for ever."""
        while True:
            for message in list(self._server.world.messages.values()):
                for shown in message.history[self._printed.get(message.id, 0) :]:
                    self._print(message, shown)
                self._printed[message.id] = len(message.history)
            for complaint in self._server.world.violations[self._complaints :]:
                print(f"!! {complaint}")
                self._complaints += 1
            time.sleep(POLL_S)

    def _print(self, message: Message, shown: Shown) -> None:
        number = self._numbers.setdefault(message.id, len(self._numbers) + 1)
        whose = " (ephemeral)" if message.ephemeral else ""
        print(f"\n--- message {number}{whose}, by {shown.via}, {time.strftime('%H:%M:%S')}\n{shown.text}")
        buttons = [f"[{button.label}]{' (disabled)' if button.disabled else ''}" for button in shown.buttons]
        if buttons:
            print(" ".join(buttons))
        for attached in shown.data["attachments"]:
            if attached["id"] in message.contents:
                self._folder.mkdir(parents=True, exist_ok=True)
                path = self._folder / f"{number}-{attached['filename']}"
                path.write_bytes(message.contents[attached["id"]])
                print(f"picture: {path}")

    def act(self, line: str) -> None:
        """Do what the line says."""
        words = shlex.split(line)
        server, person = self._server, self._person
        match words:
            case []:
                pass
            case ["be", name, *rest]:
                locale = next((word for word in rest if word != "teacher"), "en-US")
                self._person = server.person(name, locale, manages="teacher" in rest)
            case ["press", word, *number]:
                server.press(person, self._found(word, int(number[0]) if number else None), word)
            case ["menu", entry, path]:
                server.message_menu(person, entry, server.post(person, "look", _upload(path)))
            case ["complete", command, *options]:
                values = dict(option.split(":", 1) for option in options)
                last = list(values)[-1]
                for choice in server.complete(person, command.lstrip("/"), last, values.pop(last), **values):
                    print(choice)
            case [("op7" | "op9" | "cut" | "requests") as word]:
                self._disturb(word)
            case [command, *options] if command.startswith("/"):
                server.command(person, command[1:], checked=False, **_values(options))  # pyright: ignore[reportArgumentType]
            case _:
                print(HELP)

    def _disturb(self, word: str) -> None:
        match word:
            case "op7":
                self._server.ask_to_reconnect()
            case "op9":
                self._server.invalidate_session()
            case "cut":
                self._server.cut_sockets()
            case _:
                print(*self._server.log(), sep="\n")

    def _found(self, word: str, number: int | None) -> Message:
        messages = list(self._server.world.messages.values())
        fitting = [
            message
            for message in messages
            if number in (None, self._numbers.get(message.id)) and any(word in one.label for one in message.buttons)
        ]
        assert fitting, f"no message has a button {word!r}"
        return fitting[-1]


def _values(options: list[str]) -> dict[str, str | int | float | Upload]:
    values: dict[str, str | int | float | Upload] = {}
    for option in options:
        name, text = option.split(":", 1)
        if name == "image":
            values[name] = _upload(text)
        elif name in ("epochs", "batch_size", "seed"):
            values[name] = int(text)
        else:
            values[name] = float(text) if name == "learning_rate" else text
    return values


def _upload(path: str) -> Upload:
    return Upload(Path(path).name, Path(path).read_bytes())


def main() -> None:
    """Start the server, read lines until the end."""
    parser = argparse.ArgumentParser(prog="python -m tests.loopback", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--bot", action="store_true", help="start python -m bot discord against it")
    parser.add_argument("--pictures", type=Path, default=Path("build/loopback"), help="where pictures are written")
    chosen = parser.parse_args()
    with LoopbackDiscord(port=chosen.port, api=ApiDescription.from_environment()) as server:
        settings = {
            "LOOPBACK_DISCORD": server.url,
            "DISCORD_TOKEN": server.token,
            "PYTHONPATH": str(REDIRECT_FOLDER),
        }
        print(*(f"export {name}={value}" for name, value in settings.items()), HELP, sep="\n")
        console = Console(server, chosen.pictures)
        threading.Thread(target=console.watch, daemon=True).start()
        command = [sys.executable, "-m", "bot", "discord"]
        bot = subprocess.Popen(command, env=os.environ | settings) if chosen.bot else None
        try:
            for line in sys.stdin:
                if line.strip() == "quit":
                    break
                try:
                    console.act(line)
                except (AssertionError, ValueError, OSError) as error:
                    print(f"! {error}")
        finally:
            if bot is not None:
                bot.terminate()
                bot.wait()


if __name__ == "__main__":
    main()
