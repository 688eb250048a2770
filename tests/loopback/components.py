"""Reading the components of a message: what is nested in them, what people can read and press."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ACTION_ROW, BUTTON, STRING_SELECT = 1, 2, 3
SELECTS = frozenset({3, 5, 6, 7, 8})
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER = 9, 10, 11, 12, 13, 14, 17
V2_TYPES = frozenset({SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER})
LINK_STYLE = 5
STORED_FIELDS = {CONTAINER: ("accent_color", "spoiler"), THUMBNAIL: ("description", "spoiler"), FILE: ("spoiler",)}

Component = dict[str, Any]


@dataclass(frozen=True)
class Button:
    """A button as a person sees it."""

    label: str
    custom_id: str
    disabled: bool
    style: int
    emoji: str
    url: str
    component_id: int


def walk(components: list[Component] | None) -> Iterator[Component]:
    """Every component with everything nested in it, from top to bottom."""
    for component in components or []:
        yield component
        yield from walk(component.get("components"))
        if accessory := component.get("accessory"):
            yield from walk([accessory])


def media_of(component: Component) -> Iterator[dict[str, Any]]:
    """The media that a component shows: each a dict with `url`."""
    match component["type"]:
        case 11:
            yield component["media"]
        case 12:
            for item in component.get("items") or []:
                yield item["media"]
        case 13:
            yield component["file"]


def descriptions_of(component: Component) -> Iterator[str]:
    """Alternative texts of the pictures in a component."""
    pieces = [component] if component["type"] == THUMBNAIL else component.get("items") or []
    for piece in pieces:
        if piece.get("description"):
            yield piece["description"]


def text_of(message: Mapping[str, Any]) -> str:
    """Everything that can be read in a message, without the words on its buttons."""
    parts = [message.get("content") or ""]
    for embed in message.get("embeds") or []:
        fields = [f"{field['name']}\n{field['value']}" for field in embed.get("fields") or []]
        parts += [embed.get("title") or "", embed.get("description") or "", *fields]
    parts += [component["content"] for component in walk(message.get("components")) if component["type"] == TEXT]
    return "\n".join(part for part in parts if part)


def buttons_of(message: Mapping[str, Any]) -> list[Button]:
    """The buttons from left to right, from top to bottom."""
    return [
        Button(
            label=component.get("label") or "",
            custom_id=component.get("custom_id") or "",
            disabled=bool(component.get("disabled")),
            style=component.get("style", 2),
            emoji=(component.get("emoji") or {}).get("name") or "",
            url=component.get("url") or "",
            component_id=component.get("id", 0),
        )
        for component in walk(message.get("components"))
        if component["type"] == BUTTON
    ]
