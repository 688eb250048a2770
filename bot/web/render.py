"""HTML from templates: Markdown without HTML, code with classes for its colours, trainings with their curve."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from bot.classroom.wording import fraction
from bot.texts import texts
from bot.web.article import Article
from bot.web.curve import HEIGHT, WIDTH, panels
from trainer.language import LANGUAGES, Language

HIGHEST_HEADING: Final = 3  # of an article's text: the page has the first one, what was asked is the second


@cache
def _environment() -> Environment:
    folder = Path(__file__).parent / "templates"
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"markdown": markdown, "fraction": fraction}
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


@cache
def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "highlight": _coloured})
    return parser.disable(["image", "html_block", "html_inline"])


def markdown(text: str, highest: int = HIGHEST_HEADING) -> str:
    """Markdown as HTML; HTML in it is shown as text. Its highest heading gets the level `highest`."""
    tokens = _markdown().parse(text)
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    if headings:
        shift = highest - min(int(token.tag[1]) for token in headings)
        for token in headings:
            token.tag = f"h{min(6, int(token.tag[1]) + shift)}"
    _open_links_outside(tokens)
    html = _markdown().renderer.render(tokens, _markdown().options, {})
    return html.replace("<pre>", '<pre tabindex="0">')  # wide code is scrolled, also by keyboard


def _open_links_outside(tokens: list[Token]) -> None:
    for token in tokens:
        for child in token.children or ():
            if child.type == "link_open":
                child.attrs |= {"rel": "noreferrer noopener", "target": "_blank"}


def _coloured(code: str, name: str, _attributes: str) -> str:
    """Python code with classes for its colours, which are in the style sheet; "": shown as it is."""
    if name != "python":
        return ""
    return highlight(code, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))
