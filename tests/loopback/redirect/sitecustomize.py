"""Sends an unmodified bot to the loopback Discord: this folder on PYTHONPATH, its address in LOOPBACK_DISCORD.

Python imports a module of this name at its start. Nothing is imported here in advance: the three attributes are set
when discord.py's own modules are loaded, so that the start of the bot takes as long as ever.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Sequence
from types import ModuleType

ADDRESS = os.environ.get("LOOPBACK_DISCORD", "")  # like http://127.0.0.1:40123


def _redirect(module: ModuleType) -> None:
    if module.__name__ == "discord.http":
        module.Route.BASE = f"{ADDRESS}/api/v10"
    elif module.__name__ == "discord.asset":
        module.Asset.BASE = f"{ADDRESS}/cdn"
    else:
        from yarl import URL

        module.DiscordWebSocket.DEFAULT_GATEWAY = URL(f"{ADDRESS}/gateway".replace("http", "ws", 1))


class _Loader(importlib.abc.Loader):
    def __init__(self, loader: importlib.abc.Loader) -> None:
        self._loader = loader

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        _redirect(module)


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in ("discord.http", "discord.gateway", "discord.asset"):
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


if ADDRESS:
    sys.meta_path.insert(0, _Finder())
