"""Names and descriptions of the commands in the language of each person's client."""

from discord import Locale, app_commands
from discord.app_commands import locale_str

from bot.texts import texts
from trainer.language import LANGUAGES, language_of


class CommandTranslator(app_commands.Translator):
    """Reads the translation out of the string itself, see `localised`."""

    async def translate(
        self,
        string: locale_str,
        locale: Locale,
        context: app_commands.TranslationContextTypes,  # noqa: ARG002 discord.py passes it by this name
    ) -> str | None:
        """None leaves the English string."""
        language = language_of(locale.value)
        return None if language == "en" else string.extras.get(language)


def localised(key: str) -> locale_str:
    """The sentence `key` of bot/texts in English, with all translations attached."""
    return locale_str(texts()("en", key), **{language: texts()(language, key) for language in LANGUAGES})


def unchanged(name: str) -> locale_str:
    """A name that is the same in every language, so that lessons and answers can refer to it."""
    return locale_str(name, **dict.fromkeys(LANGUAGES, name))
