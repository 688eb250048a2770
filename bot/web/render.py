"""HTML from templates: answers in Markdown, trainings with their curve."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from bot.classroom.wording import fraction
from bot.markdown import inline, markdown
from bot.texts import texts
from bot.web.article import Article
from bot.web.curve import HEIGHT, WIDTH, panels
from trainer.language import LANGUAGES, Language


@cache
def _environment() -> Environment:
    folder = Path(__file__).parent / "templates"
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"markdown": markdown, "inline": inline, "fraction": fraction}
    environment.globals |= {"panels": panels, "curve_width": WIDTH, "curve_height": HEIGHT}
    return environment


def page(template: str, language: Language, **values: Any) -> str:
    """A template with its values; `say(key, ...)` in it is a sentence of `web` in bot/texts."""

    def say(key: str, **given: object) -> str:
        return texts()(language, key if key.startswith("command.") else f"web.{key}", **given)

    return _environment().get_template(template).render(say=say, language=language, languages=LANGUAGES, **values)


def article_html(article: Article, language: Language) -> str:
    """One article."""
    return page("article.html", language, article=article)


def spoken(article: Article, language: Language) -> str:
    """What a screen reader says about a new state of an article; the same text is said once."""
    if article.unfinished and article.epochs:
        last = article.epochs[-1]
        values: Mapping[str, object] = {"loss": f"{last.loss:.4f}", "accuracy": fraction(last.accuracy)}
        return texts()(language, "web.spoken_epoch", epoch=last.epoch, epochs=article.planned, **values)
    first = next((line for line in article.answer.text.splitlines() if line.strip()), "")
    return first.strip("#* ")
