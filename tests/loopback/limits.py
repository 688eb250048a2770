"""Discord's limits on messages, written by hand from its documentation: what its API description does not say."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.loopback import components as kinds
from tests.loopback.components import Component, descriptions_of, walk

CONTENT = 2000
V2_TEXT = 4000
V2_TEXT_BYTES = 10_000  # more and Discord answers 500
COMPONENTS = 40
LABEL = 80
CUSTOM_ID = 100
FORM_TITLE = 45
LABEL_TYPE = 18
ALT_TEXT = 1024
FILES = 10
FILE_BYTES = 10 * 1024 * 1024
REQUEST_BYTES = 25 * 1024 * 1024
EMBEDS_TOTAL = 6000
_EMBED = {"title": 256, "description": 4096}
_FILE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}")
_MENTION = re.compile(r"@everyone|@here|<@[!&]?\d+>")


def message_problems(body: Mapping[str, Any], files: Mapping[str, bytes]) -> list[str]:
    """What Discord would refuse, or show wrongly, in the body of a message or of an edit."""
    return [
        *_content_problems(body),
        *_component_problems(body.get("components") or []),
        *_file_problems(body, files),
        *_mention_problems(body),
    ]


def _content_problems(body: Mapping[str, Any]) -> Iterable[str]:
    if len(body.get("content") or "") > CONTENT:
        yield f"content has {len(body['content'])} characters, {CONTENT} are allowed"
    embeds = body.get("embeds") or []
    if len(embeds) > 10:
        yield f"{len(embeds)} embeds, 10 are allowed"
    total = 0
    for embed in embeds:
        for name, limit in _EMBED.items():
            if len(embed.get(name) or "") > limit:
                yield f"embed {name} over {limit} characters"
        texts = [embed.get("title"), embed.get("description"), (embed.get("footer") or {}).get("text")]
        for field in embed.get("fields") or []:
            texts += [field["name"], field["value"]]
            if not 1 <= len(field["name"]) <= 256 or not 1 <= len(field["value"]) <= 1024:
                yield f"embed field {field['name']!r} has a wrong length"
        total += sum(len(text or "") for text in texts)
    if total > EMBEDS_TOTAL:
        yield f"embeds have {total} characters, {EMBEDS_TOTAL} are allowed"


def _component_problems(components: Sequence[Component]) -> Iterable[str]:
    every = list(walk(list(components)))
    if len(every) > COMPONENTS:
        yield f"{len(every)} components, {COMPONENTS} are allowed"
    texts = [component.get("content") or "" for component in every if component["type"] == kinds.TEXT]
    texts += [component.get("label") or "" for component in every if component["type"] == kinds.BUTTON]
    text = "".join(texts)
    if len(text) > V2_TEXT:
        yield f"{len(text)} characters of text, {V2_TEXT} are allowed in a message"
    if len(text.encode()) > V2_TEXT_BYTES:
        yield f"{len(text.encode())} bytes of text, Discord fails over {V2_TEXT_BYTES}"
    ids = [component["custom_id"] for component in every if component.get("custom_id")]
    for custom_id in sorted({custom_id for custom_id in ids if ids.count(custom_id) > 1}):
        yield f"custom_id {custom_id!r} is used {ids.count(custom_id)} times"
    for component in every:
        yield from _one_component(component)


def _one_component(component: Component) -> Iterable[str]:
    for alt in descriptions_of(component):
        if len(alt) > ALT_TEXT:
            yield f"alternative text of {len(alt)} characters, {ALT_TEXT} are allowed"
    children = component.get("components") or []
    match component["type"]:
        case kinds.TEXT if not (component.get("content") or "").strip():
            yield "a text display is empty"
        case kinds.BUTTON:
            yield from _button_problems(component)
        case kinds.ACTION_ROW if not 1 <= len(children) <= 5:
            yield f"an action row holds {len(children)} components, 1 to 5 are allowed"
        case kinds.SECTION if not 1 <= len(children) <= 3 or not component.get("accessory"):
            yield "a section needs 1 to 3 texts and an accessory"
        case kinds.GALLERY if not 1 <= len(component.get("items") or []) <= 10:
            yield f"a gallery holds {len(component.get('items') or [])} items, 1 to 10 are allowed"
        case kinds.CONTAINER if not children:
            yield "a container is empty"
        case kinds.STRING_SELECT if not 1 <= len(component.get("options") or []) <= 25:
            yield f"a select holds {len(component.get('options') or [])} options, 1 to 25 are allowed"
        case _:
            pass


def _button_problems(button: Component) -> Iterable[str]:
    label, custom_id = button.get("label") or "", button.get("custom_id") or ""
    if len(label) > LABEL:
        yield f"label {label!r} has {len(label)} characters, {LABEL} are allowed"
    if not label and not button.get("emoji"):
        yield "a button has neither label nor emoji"
    if len(custom_id) > CUSTOM_ID:
        yield f"custom_id {custom_id!r} has {len(custom_id)} characters, {CUSTOM_ID} are allowed"
    if (button.get("style") == kinds.LINK_STYLE) != bool(button.get("url")):
        yield f"button {label!r}: a link needs a url, another button must not have one"
    if (button.get("style") == kinds.LINK_STYLE) == bool(custom_id):
        yield f"button {label!r}: a link has no custom_id, another button needs one"


def _file_problems(body: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterable[str]:
    attachments = body.get("attachments") or []
    if len(attachments) > FILES or len(files) > FILES:
        yield f"{max(len(files), len(attachments))} attachments, {FILES} are allowed"
    for name, data in files.items():
        if len(data) > FILE_BYTES:
            yield f"{name} has {len(data)} bytes, {FILE_BYTES} are allowed"
        if not data:
            yield f"{name} is empty"
        if not _FILE_NAME.fullmatch(name):
            yield f"the file name {name!r} would be changed by Discord, attachment:// would miss it"
    if sum(len(data) for data in files.values()) > REQUEST_BYTES:
        yield f"a request of more than {REQUEST_BYTES} bytes"
    for attachment in attachments:
        if len(attachment.get("description") or "") > ALT_TEXT:
            yield f"description of an attachment over {ALT_TEXT} characters"


def _mention_problems(body: Mapping[str, Any]) -> Iterable[str]:
    allowed = body.get("allowed_mentions")
    muted = allowed is not None and not allowed.get("parse") and not allowed.get("users") and not allowed.get("roles")
    if not muted and (found := _MENTION.search(kinds.text_of(body))):
        yield f"{found.group()} would notify people: allowed_mentions does not forbid it"


def choice_problems(choices: Sequence[Mapping[str, Any]]) -> list[str]:
    """What Discord would refuse in the answer to an autocomplete."""
    problems = [f"{len(choices)} choices, 25 are allowed"] if len(choices) > 25 else []
    for choice in choices:
        names = [choice["name"], *(choice.get("name_localizations") or {}).values()]
        problems += [f"choice name {name!r} needs 1 to 100 characters" for name in names if not 1 <= len(name) <= 100]
        if isinstance(choice["value"], str) and not 1 <= len(choice["value"]) <= 100:
            problems.append(f"choice value {choice['value']!r} needs 1 to 100 characters")
    return problems


def form_problems(form: Mapping[str, Any]) -> list[str]:
    """What Discord would refuse in a form."""
    problems = [] if 0 < len(form["title"]) <= FORM_TITLE else [f"the title {form['title']!r} is too long, or empty"]
    problems += [
        f"the label {one['label']!r} is too long"
        for one in form["components"]
        if one["type"] == LABEL_TYPE and len(one["label"]) > FORM_TITLE
    ]
    if len(form["custom_id"]) > CUSTOM_ID:
        problems.append(f"the custom_id {form['custom_id']!r} is too long")
    return problems
