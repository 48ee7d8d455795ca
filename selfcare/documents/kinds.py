"""What documents are for, in words; procedures name theirs in `AppConfig.ready()`."""

from typing import Any

_labels: dict[str, Any] = {}


def register(kind: str, label: Any) -> None:
    """`label` is translated when it is shown."""
    _labels[kind] = label


def label_of(kind: str) -> str:
    """The kind itself where nobody has named it: a document outlives the release that knew what it was for."""
    return str(_labels.get(kind, kind))


def choices() -> list[tuple[str, str]]:
    return [(kind, str(label)) for kind, label in sorted(_labels.items())]
