"""Markdown as HTML: HTML in it is shown as text, headings begin at a level, code has classes for its colours."""

from functools import cache
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

HIGHEST_HEADING: Final = 3  # below that of the page and that of an article on it


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "highlight": _coloured})
    return parser.disable(["image", "html_block", "html_inline"])


def markdown(text: str, highest: int = HIGHEST_HEADING) -> str:
    """The HTML of a text; its highest heading gets the level `highest`."""
    tokens = _parser().parse(text)
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    if headings:
        shift = highest - min(int(token.tag[1]) for token in headings)
        for token in headings:
            token.tag = f"h{min(6, int(token.tag[1]) + shift)}"
    _open_links_outside(tokens)
    html = _parser().renderer.render(tokens, _parser().options, {})
    return html.replace("<pre>", '<pre tabindex="0">')  # wide code is scrolled, also by keyboard


def inline(text: str) -> str:
    """The HTML of a line, without a paragraph around it."""
    return _parser().renderInline(text)


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
