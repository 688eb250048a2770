"""Every request, and every answer of the loopback server itself, against Discord's own API description."""

import json
import os
import re
from copy import deepcopy
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

# Which of the alternatives an interaction callback has to match; the description says "any of them".
_CALLBACKS = {
    4: "CreateMessageInteractionCallbackRequest",
    5: "CreateMessageInteractionCallbackRequest",
    6: "UpdateMessageInteractionCallbackRequest",
    7: "UpdateMessageInteractionCallbackRequest",
    8: "ApplicationCommandAutocompleteCallbackRequest",
    9: "ModalInteractionCallbackRequest",
}


class ApiDescription:
    """Discord's OpenAPI document."""

    def __init__(self, path: Path) -> None:
        self._document = json.loads(path.read_text("utf-8"))
        self._validators: dict[str, Draft202012Validator] = {}

    @classmethod
    def from_environment(cls) -> "ApiDescription | None":
        """The document that DISCORD_OPENAPI_SPEC names; None if it names none."""
        path = os.environ.get("DISCORD_OPENAPI_SPEC")
        return cls(Path(path)) if path else None

    def request_problem(self, method: str, path: str, body: Any) -> str | None:
        """What is wrong with a request's JSON body; None if nothing is, or if the route takes no body."""
        template = self._template(path)
        if template is None:
            return f"{method} {path} is no route of Discord's API"
        operation = self._document["paths"][template].get(method.lower())
        if operation is None:
            return f"{template} knows no {method}"
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            return None
        schema = content["schema"]
        if template.endswith("/callback") and isinstance(body, dict) and body.get("type") in _CALLBACKS:
            schema = {"$ref": f"#/components/schemas/{_CALLBACKS[body['type']]}"}
        return self._problem(schema, _as_documented(body))

    def answer_problem(self, method: str, path: str, status: int, body: Any) -> str | None:
        """What is wrong with an answer of the server."""
        template = self._template(path)
        operation = self._document["paths"].get(template, {}).get(method.lower(), {})
        answer = operation.get("responses", {}).get(str(status), {})
        content = answer.get("content", {}).get("application/json")
        return self._problem(content["schema"], body) if content else None

    @cached_property
    def _templates(self) -> list[tuple[re.Pattern[str], str]]:
        """Routes as patterns, those with the fewest parameters first."""
        templates = sorted(self._document["paths"], key=lambda template: template.count("{"))
        return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", template)), template) for template in templates]

    def _template(self, path: str) -> str | None:
        return next((template for pattern, template in self._templates if pattern.fullmatch(path)), None)

    def _problem(self, schema: dict[str, Any], body: Any) -> str | None:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            whole = schema | {"components": self._document["components"]}
            self._validators[key] = Draft202012Validator(whole)
        errors = sorted(self._validators[key].iter_errors(body), key=lambda error: error.json_path)
        return _told(errors[0]) if errors else None


def _told(error: ValidationError) -> str:
    """The error where it happened: inside the alternative that was meant, which is the one whose `type` fits."""
    while error.context:
        branches: dict[Any, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        meant = [found for found in branches.values() if not any(_about_type(inner) for inner in found)]
        if not meant:
            break
        error = min(meant, key=len)[0]
    return f"{error.json_path}: {error.message[:300]}"


def _about_type(error: ValidationError) -> bool:
    """Whether the alternative is for another kind of thing altogether."""
    return error.path[-1] == "type" if error.path else error.validator == "type"


def _as_documented(body: Any) -> Any:
    """Discord takes a number as the id of an attachment, which its description does not say."""
    if not isinstance(body, dict):
        return body
    body = deepcopy(body)
    for part in (body, body.get("data")):
        for attachment in (part.get("attachments") or []) if isinstance(part, dict) else []:
            attachment["id"] = str(attachment["id"])
    return body
