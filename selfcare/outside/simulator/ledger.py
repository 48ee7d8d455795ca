"""What the simulated systems know: documents by kind and id, in memory and, if wanted, in a journal file."""

import copy
import hashlib
import json
import threading
from pathlib import Path
from typing import Any

Document = dict[str, Any]


class Ledger:
    """Thread-safe. With a journal, a restarted process knows what it knew; a torn last line is dropped.

    Kinds are "<system>.<things>". What is read is a copy: `put` it to change it.
    """

    def __init__(self, journal: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._kinds: dict[str, dict[str, Document]] = {}
        self._journal = None
        if journal:
            self._replay(journal)
            journal.parent.mkdir(parents=True, exist_ok=True)
            self._journal = journal.open("a", encoding="utf-8")

    def get(self, kind: str, name: str) -> Document | None:
        with self._lock:
            return copy.deepcopy(self._kinds.get(kind, {}).get(name))

    def all(self, kind: str) -> dict[str, Document]:
        with self._lock:
            return copy.deepcopy(self._kinds.get(kind, {}))

    def put(self, kind: str, name: str, document: Document) -> None:
        with self._lock:
            line = json.dumps({"kind": kind, "name": name, "document": document}, ensure_ascii=False)
            self._take(json.loads(line))
            if self._journal:
                # Flushed to the system, so that it survives the end of this process in any form.
                self._journal.write(line + "\n")
                self._journal.flush()

    def report(self) -> dict[str, list[Document]]:
        with self._lock:
            return {kind: [{"id": name, **each} for name, each in all_.items()] for kind, all_ in self._kinds.items()}

    def _take(self, noted: dict[str, Any]) -> None:
        self._kinds.setdefault(noted["kind"], {})[noted["name"]] = noted["document"]

    def _replay(self, journal: Path) -> None:
        if not journal.exists():
            return
        content = journal.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        for line in whole.splitlines():
            self._take(json.loads(line))
        if len(whole) < len(content):
            journal.write_bytes(whole)


def digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\n".join(parts)).hexdigest()
