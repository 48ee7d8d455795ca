"""What an import would do, row by row: found out by doing it and taking it back."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from import_export.results import RowResult
from tablib import Dataset

from selfcare import tables
from selfcare.orders.procedures import NotPossible
from selfcare.staff.files.cells import NOTES
from selfcare.staff.files.reading import Table
from selfcare.staff.files.resources import StaffResource
from selfcare.tables import FileRefused


@dataclass(frozen=True)
class Change:
    column: str
    old: str
    new: str


@dataclass(frozen=True)
class Line:
    """A row that would be stored, or one with something to be said about it."""

    number: int
    name: str
    changes: list[Change]
    notes: list[str]


@dataclass(frozen=True)
class Problem:
    number: int
    column: str
    typed: str
    reason: str


@dataclass
class Preview:
    """`wrong` counts rows, `problems` what is wrong with them. `seen` is equal for equal outcomes only."""

    encoding: str
    new: list[Line] = field(default_factory=list)
    changed: list[Line] = field(default_factory=list)
    noted: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unchanged: int = 0
    wrong: int = 0

    @property
    def is_storable(self) -> bool:
        return not self.wrong and bool(self.new or self.changed)

    @property
    def counts(self) -> dict[str, int]:
        return {"new": len(self.new), "changed": len(self.changed), "unchanged": self.unchanged, "wrong": self.wrong}

    @property
    def seen(self) -> str:
        """A hash of every row that would be stored, with its old and new values."""
        told = [
            [kind, line.number, line.name, [(c.column, c.old, c.new) for c in line.changes]]
            for kind, lines in (("new", self.new), ("changed", self.changed))
            for line in lines
        ]
        return hashlib.sha256(json.dumps([told, self.unchanged, self.wrong]).encode()).hexdigest()


def run(*, resource: StaffResource, table: Table, dry: bool) -> Preview:
    """Import the table, or see what that would do; in one transaction, and not at all if any row is wrong.

    Raises FileRefused for headings that are not this resource's.
    """
    data = _dataset(resource, table)
    resource.numbers = table.numbers
    with transaction.atomic():
        result = resource.import_data(data, dry_run=dry, use_transactions=True, rollback_on_validation_errors=True)
    if result.base_errors:
        raise result.base_errors[0].error
    preview = Preview(table.encoding)
    for number, typed, row in zip(table.numbers, data.dict, result.rows, strict=True):
        _sort(preview, resource, number, typed, row)
    return preview


def _dataset(resource: StaffResource, table: Table) -> Dataset:
    known = resource.by_heading(tables.bare)
    fields = [known.get(tables.bare(heading)) for heading in table.headings]
    unknown = [heading for heading, found in zip(table.headings, fields, strict=True) if found is None]
    if unknown:
        raise FileRefused(
            _("知らない列があります：%(columns)s。使える列：%(known)s")
            % {"columns": _("、").join(unknown)[:200], "known": _("、").join(resource.headings())}
        )
    names = [found.column_name for found in fields if found is not None]
    if len(set(names)) < len(names):
        raise FileRefused(_("同じ列が2つあります。"))
    keys = [resource.fields[name].column_name for name in resource._meta.import_id_fields]
    missing = [key for key in keys if key not in names]
    if missing:
        raise FileRefused(_("行を見分ける列がありません：%(columns)s") % {"columns": _("、").join(missing)})
    return Dataset(*table.rows, headers=names)


def _sort(preview: Preview, resource: StaffResource, number: int, typed: dict[str, str], row: Any) -> None:
    """Put one row's result where it belongs."""
    notes = list(row.row_values.get(NOTES, {}))
    if row.errors or row.validation_error:
        preview.wrong += 1
        told = _told(row.validation_error or row.errors[0].error)
        for name, reasons in told.items():
            column = resource.heading_of(name)
            reason = " ".join([*reasons, *notes])
            preview.problems.append(Problem(number, column, typed.get(column, "")[:60], reason))
        return
    name = _name(resource, row.instance)
    if row.import_type == RowResult.IMPORT_TYPE_SKIP:
        preview.unchanged += 1
        if notes:
            preview.noted.append(Line(number, name, [], notes))
        return
    is_new = row.import_type == RowResult.IMPORT_TYPE_NEW
    before = None if is_new else row.original
    changes = [Change(*change) for change in resource.changes(before, row.instance)]
    (preview.new if is_new else preview.changed).append(Line(number, name, changes, notes))


def _name(resource: StaffResource, instance: Any) -> str:
    keys = (resource.fields[name].export(instance) for name in resource._meta.import_id_fields)
    return " ".join(str(key) for key in keys if key != "")


def _told(error: Exception) -> dict[str, list[str]]:
    """Reasons by field, for the operator; an error that nobody foresaw is raised again."""
    if isinstance(error, ValidationError):
        return dict(error.message_dict) if hasattr(error, "error_dict") else {"": list(error.messages)}
    if isinstance(error, IntegrityError):
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
        return {"": [_("データベースの決まりに反しています（%(name)s）。") % {"name": name}]}
    if isinstance(error, ValueError | NotPossible):
        return {"": [str(error)]}
    raise error
