"""The command of a process of a stack: the product's own, with another entry where a fault is planted."""

from collections.abc import Mapping
from pathlib import Path

from selfcare.runtime.children import CHILDREN, Command

_KINDS = {child.name: child for child in CHILDREN}


def command_of(kind: str, name: str, env: Mapping[str, str], entry: str | None) -> Command:
    command = _KINDS[kind].command(env)
    if entry:
        command = _with_entry(kind, command, entry)
    if kind.endswith("worker"):  # two of a name confuse each other
        command = [f"{name}@%h" if "@%h" in str(part) else part for part in command]
    return command


def _with_entry(kind: str, command: Command, entry: str) -> list[str | Path]:
    parts = list(command)
    if kind == "web":
        parts[parts.index("selfcare.wsgi:application")] = entry
    elif "-A" in parts:
        parts[parts.index("-A") + 1] = entry
    else:
        parts[1:2] = ["-m", entry]
    return parts
