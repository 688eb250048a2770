"""Names and descriptions of the commands in Chinese: Discord shows them to clients in that language."""

from discord import Locale, app_commands

from bot.classroom.wording import duration
from bot.texts import texts
from trainer.language import Language, language_of
from trainer.recipes import RECIPES


class CommandTranslator(app_commands.Translator):
    """A look-up from the English strings of the table `command` to the Chinese ones."""

    def __init__(self) -> None:
        super().__init__()
        english, chinese = texts().keys("en"), texts().keys("zh-CN")
        self._chinese = {english[key]: chinese[key] for key in english if key.startswith("command.")}
        self._chinese |= {recipe_choice(name, "en"): recipe_choice(name, "zh-CN") for name in RECIPES}

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


def recipe_choice(name: str, language: Language) -> str:
    """A recipe with its price, as `/train recipe:` offers it."""
    recipe, say_in = RECIPES[name], texts()
    price = {"duration": duration(recipe.seconds, language), "percent": round(100 * recipe.accuracy)}
    return say_in(language, f"command.recipe_{name}", price=say_in(language, "command.recipe_price", **price))


def say(key: str) -> str:
    """The English string that the translator finds again."""
    return texts()("en", f"command.{key}")
