"""Validation of messages against the TM Forum's description, stricter than it: unknown properties are errors."""

import copy
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, FormatChecker

DESCRIPTION = Path(__file__).parent / "data" / "tmf641-service-ordering-v4.1.0.swagger.json"
formats = FormatChecker()


@formats.checks("date-time", raises=ValueError)
def is_date_time(value: Any) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def _definitions() -> dict[str, Any]:
    """The schema lets every object hold more than it names; a misspelt property must not pass."""
    definitions: dict[str, Any] = copy.deepcopy(json.loads(DESCRIPTION.read_text())["definitions"])
    for definition in definitions.values():
        if "properties" in definition:
            definition["additionalProperties"] = False
    return definitions


DEFINITIONS = _definitions()


def check(kind: str, message: Any) -> None:
    """Raises jsonschema.ValidationError. `kind` is a definition's name, "Name[]" a list of them."""
    name = kind.removesuffix("[]")
    one = {"$ref": f"#/definitions/{name}"}
    schema = {"type": "array", "items": one} if kind.endswith("[]") else {"allOf": [one]}
    Draft4Validator({**schema, "definitions": DEFINITIONS}, format_checker=formats).validate(message)
