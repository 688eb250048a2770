"""A loopback Discord for tests, and to look at by hand: `python -m tests.loopback`."""

from tests.loopback.cdn import Upload
from tests.loopback.components import Button
from tests.loopback.interactions import Interaction
from tests.loopback.messages import Message, Shown
from tests.loopback.openapi import ApiDescription
from tests.loopback.people import Channel, Guild, Person
from tests.loopback.process import REDIRECT_FOLDER, BotProcess
from tests.loopback.proxy import LoopbackProxy
from tests.loopback.server import LoopbackDiscord

__all__ = [
    "REDIRECT_FOLDER",
    "ApiDescription",
    "BotProcess",
    "Button",
    "Channel",
    "Guild",
    "Interaction",
    "LoopbackDiscord",
    "LoopbackProxy",
    "Message",
    "Person",
    "Shown",
    "Upload",
]
