"""Rows of documents whose files nobody asks for."""

from typing import Any
from uuid import uuid4

from selfcare.documents.models import Document


def more_of(document: Document, count: int, **fields: Any) -> None:
    """So many rows like this one besides, with these fields; without files."""
    rows = []
    for number in range(count):
        row = Document.objects.get(pk=document.pk)
        row._state.adding = True
        row.pk, row.uuid, row.stored = None, uuid4(), f"{number % 256:02x}/{document.pk:016x}{number:016x}"
        for name, value in fields.items():
            setattr(row, name, value)
        rows.append(row)
    Document.objects.bulk_create(rows)
