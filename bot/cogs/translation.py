"""Names and descriptions of the commands in Chinese: Discord shows them to clients in that language."""

from discord import Locale, app_commands

from bot.texts import texts
from trainer.language import language_of


class CommandTranslator(app_commands.Translator):
    """A look-up from the English strings of the table `command` to the Chinese ones."""

    def __init__(self) -> None:
        super().__init__()
        english, chinese = texts().keys("en"), texts().keys("zh-CN")
        self._chinese = {english[key]: chinese[key] for key in english if key.startswith("command.")}

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: Locale,
        context: app_commands.TranslationContextTypes,  # noqa: ARG002 discord.py passes it by this name
    ) -> str | None:
        """None leaves the English string."""
        if language_of(locale.value) != "zh-CN":
            return None
        return self._chinese.get(string.message)


def say(key: str) -> str:
    """The English string that the translator finds again."""
    return texts()("en", f"command.{key}")
