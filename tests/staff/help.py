"""Going through the pages of the operators' files."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from selfcare.staff.files.previews import Preview

DATABASES = ["default", "owner"]


def export(client: Client, noun: str, kind: str = "csv", **query: str) -> bytes:
    answer = client.get(reverse(f"admin:{noun}_export", args=[kind]), query)
    assert answer.status_code == 200, answer
    return b"".join(answer)


def table(content: bytes) -> list[dict[str, str]]:
    """A CSV of ours as rows by heading."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def as_csv(rows: list[dict[str, Any]], encoding: str = "utf-8") -> bytes:
    to = io.StringIO(newline="")
    writer = csv.DictWriter(to, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return to.getvalue().encode(encoding)


def sheet(content: bytes) -> list[list[Any]]:
    book = load_workbook(io.BytesIO(content))
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


def as_xlsx(rows: Sequence[Sequence[Any]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    to = io.BytesIO()
    book.save(to)
    return to.getvalue()


def upload(client: Client, noun: str, content: bytes, name: str = "rows.csv") -> Any:
    return client.post(reverse(f"admin:{noun}_import"), {"file": SimpleUploadedFile(name, content)})


def preview(client: Client, noun: str, content: bytes, name: str = "rows.csv") -> Preview:
    answer = upload(client, noun, content, name)
    assert answer.status_code == 200
    assert "preview" in answer.context, answer.context["form"].errors
    return answer.context["preview"]


def refusal(client: Client, noun: str, content: bytes, name: str = "rows.csv") -> str:
    """Why a file as a whole is not taken."""
    answer = upload(client, noun, content, name)
    assert answer.status_code == 200
    return " ".join(answer.context["form"].errors["file"])


def confirm(client: Client, noun: str, uploaded: Any) -> str:
    answer = client.post(reverse(f"admin:{noun}_import"), {"name": uploaded.context["token"]}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def take(client: Client, noun: str, content: bytes) -> str:
    """Preview and confirm."""
    uploaded = upload(client, noun, content)
    assert uploaded.context["token"], uploaded.context["preview"].problems
    return confirm(client, noun, uploaded)
