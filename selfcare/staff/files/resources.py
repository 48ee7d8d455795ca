"""What the file of a list has: its columns, what of them may be imported, and which service stores a row.

django-import-export walks through the rows; how cells are read, what is refused and who writes is said here.
"""

from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from typing import Any, ClassVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.fields import Field
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import ModelResource

from selfcare.accounts.models import User
from selfcare.staff.files import cells

#: Rows that the database hands over at a time.
CHUNK = 2000
Key = tuple[Any, ...]


class Loader(BaseInstanceLoader):  # type: ignore[misc]  # it ships no types
    """All rows that the file names, by one query; locked, so that what is compared is what is changed."""

    def __init__(self, resource: "StaffResource", dataset: Any = None) -> None:
        super().__init__(resource, dataset)
        field = resource.fields[resource.loaded_by]
        wanted = set()
        for row in dataset.dict:
            try:
                wanted.add(field.clean({**row}))
            except ValueError:
                continue  # the row itself will say so
        rows = resource.get_queryset().filter(**{f"{field.attribute}__in": wanted - {None}})
        self._rows = {resource.key_of(row): row for row in rows.order_by("pk").select_for_update(of=("self",))}

    def get_instance(self, row: Any) -> Any:
        return self._rows.get(self.resource.key_in(row))


class _NoDiff:
    """The preview compares rows itself, once."""

    def __init__(self, *args: Any) -> None: ...

    def compare_with(self, *args: Any) -> None: ...


class StaffResource(ModelResource):  # type: ignore[misc]  # it ships no types
    """`Meta.fields` are the columns in their order, `Meta.import_id_fields` those that name a row."""

    #: Columns that the import may change, and those that it takes for new rows only. All others are only shown.
    changeable: ClassVar[tuple[str, ...]] = ()
    given: ClassVar[tuple[str, ...]] = ()
    #: The column of the key by which rows are looked up.
    loaded_by: ClassVar[str] = ""
    #: Why a column is not changed here, where there is more to say than that.
    fixed: ClassVar[Mapping[str, Any]] = {}
    #: What to know before the file is made, above the form.
    about: ClassVar[Any] = ""
    #: Related rows that the columns read.
    related: ClassVar[tuple[str, ...]] = ()

    class Meta:
        skip_unchanged = report_skipped = True
        skip_html_diff = True
        # What the preview is made of.
        store_instance = store_row_values = True
        instance_loader_class = Loader

    WIDGETS_MAP: ClassVar[dict[str, Any]] = {
        "DateField": cells.DateCell,
        "DateTimeField": cells.MomentCell,
        "DecimalField": cells.DecimalCell,
        "IntegerField": cells.WholeCell,
        "BigIntegerField": cells.WholeCell,
        "PositiveIntegerField": cells.WholeCell,
        "PositiveBigIntegerField": cells.WholeCell,
        "PositiveSmallIntegerField": cells.WholeCell,
    }

    def __init__(self, *, actor: User | None = None) -> None:
        super().__init__()
        self.actor = actor
        #: Where each row stands in the file, for people.
        self.numbers: list[int] = []
        self._seen: dict[Key, int] = {}
        with translation.override("ja"):
            for name, field in self.fields.items():
                if field.column_name == name:
                    field.column_name = str(self._meta.model._meta.get_field(name).verbose_name)

    @classmethod
    def widget_from_django_field(cls, f: Any, default: Any = cells.Cell) -> Any:
        if getattr(f, "choices", None):
            return lambda **_kwargs: cells.ChoiceCell(f.choices)
        return cls.WIDGETS_MAP.get(f.get_internal_type(), cells.Cell)

    @classmethod
    def widget_kwargs_for_field(cls, field_name: str, django_field: Any) -> dict[str, Any]:
        return {}

    @classmethod
    def get_diff_class(cls) -> Any:
        return _NoDiff

    @property
    def acting(self) -> User:
        """Who imports. Only a resource that was made for reading has nobody."""
        if self.actor is None:
            raise LookupError("Nobody imports with a resource that was made for reading.")
        return self.actor

    # Columns

    def columns(self) -> list[tuple[str, Field]]:
        return [(name, self.fields[name]) for name in self._meta.fields]

    def headings(self) -> list[str]:
        return [field.column_name for _name, field in self.columns()]

    def by_heading(self, bare: Any) -> dict[str, Field]:
        """Columns by what a file may call them, made comparable: by their words, or by their codes."""
        named = {bare(field.column_name): field for _name, field in self.columns()}
        return {bare(name): field for name, field in self.columns()} | named

    def heading_of(self, name: str) -> str:
        """For an error's field; empty where it is about the whole row."""
        for own, field in self.columns():
            if name in (own, field.attribute):
                return str(field.column_name)
        return "" if name == NON_FIELD_ERRORS else name

    @property
    def is_importable(self) -> bool:
        return bool(self.changeable or self.given)

    # Writing

    def lines(self, queryset: QuerySet[Any]) -> Iterator[list[Any]]:
        """The rows' values, with flat memory: texts, whole numbers, decimals, dates."""
        readers = [self._reader(name, field) for name, field in self.columns()]
        with translation.override("ja"):
            for row in self._with_related(queryset).iterator(chunk_size=CHUNK):
                yield [reader(row) for reader in readers]

    def _reader(self, name: str, field: Field) -> Callable[[Any], Any]:
        """From a row to its cell, as `export_field` does it, with everything looked up once for all rows."""
        found = getattr(self, f"dehydrate_{name}", None) or attrgetter(field.attribute)
        render = field.widget.render
        return lambda row: "" if (value := render(found(row))) is None else value

    def export_field(self, field: Field, instance: Any, **kwargs: Any) -> Any:
        value = super().export_field(field, instance, **kwargs)
        return "" if value is None else value

    def _with_related(self, queryset: Any) -> Any:
        """Without names Django would join every table that there is."""
        return queryset.select_related(*self.related) if self.related else queryset

    # Reading

    def get_queryset(self) -> Any:
        return self._with_related(self._meta.model._default_manager.all())

    def key_of(self, instance: Any) -> Key:
        return tuple(self.fields[name].get_value(instance) for name in self._meta.import_id_fields)

    def key_in(self, row: Any) -> Key | None:
        """None for a key that cannot be read."""
        try:
            return tuple(self.fields[name].clean({**row}) for name in self._meta.import_id_fields)
        except ValueError:
            return None

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        """One row of a thing: which of two would hold, nobody could tell."""
        key = self.key_in(row)
        if key is None:
            return
        number = kwargs["row_number"]
        earlier = self._seen.setdefault(key, number)
        if earlier != number:
            told = _("%(line)d行目にも同じものがあります。") % {"line": self.numbers[earlier - 1]}
            raise ValidationError({self._meta.import_id_fields[0]: ValidationError(told, code="twice")})

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        errors = {}
        is_new = instance._state.adding
        for name, field in self.columns():
            if field.column_name not in row:
                continue
            try:
                self._take(name, field, instance, row, is_new=is_new)
            except ValueError as error:
                errors[name] = ValidationError(str(error), code="invalid")
        if errors:
            raise ValidationError(errors)

    def _take(self, name: str, field: Field, instance: Any, row: Any, *, is_new: bool) -> None:
        """Set what may be set and differs. Raises ValueError."""
        typed = str(row[field.column_name])
        takes = name in self.changeable or (is_new and (name in self.given or name in self._meta.import_id_fields))
        if not takes:
            if typed.strip() and is_new:
                raise ValueError(self._why(name))
            if not is_new and not self._is_same(field, instance, row):
                raise ValueError(self._why(name))
            return
        if not is_new and cells.unguard(typed) == str(self.export_field(field, instance)):
            return  # as it was, spaces and all
        if is_new and not typed.strip():
            return  # what a new row has unasked
        value = field.widget.clean(typed, row=row)
        if is_new or field.widget.render(value) != field.export(instance):
            setattr(instance, field.attribute, value)

    def _is_same(self, field: Field, instance: Any, row: Any) -> bool:
        shown = self.export_field(field, instance)
        typed = str(row[field.column_name])
        if cells.unguard(typed).strip() == str(shown).strip():
            return True
        try:
            value = field.widget.clean(typed, row=row)
        except ValueError:
            return False
        return bool(field.attribute and field.widget.render(value) == shown)

    def _why(self, name: str) -> str:
        return str(self.fixed.get(name) or _("この列は取り込みでは変更できません。"))

    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        return not (import_validation_errors or instance._state.adding or self.changes(original, instance))

    def changes(self, before: Any, after: Any) -> list[tuple[str, str, str]]:
        """Column, old and new, of what differs; of a new row everything that it has."""
        told = []
        for _name, field in self.columns():
            if not field.attribute:
                continue
            old = "" if before is None else field.export(before)
            new = field.export(after)
            if old != new and not (before is None and new == ""):
                told.append((field.column_name, str(old), str(new)))
        return told

    def do_instance_save(self, instance: Any, is_create: bool) -> None:
        names = {*self.changeable, *((*self.given, *self._meta.import_id_fields) if is_create else ())}
        self.store(
            instance=instance, fields=[self.fields[name].attribute for name, _f in self.columns() if name in names]
        )

    def store(self, *, instance: Any, fields: list[str]) -> None:
        """Call the service that stores such a row. Raises ValidationError, or ValueError with the reason."""
        raise TypeError(f"{type(self).__name__} has no service that stores its rows.")

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        """Ids are the database's: there is no numbering to be put right, which would take the owner's rights."""

    def save_m2m(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """There are none."""


class Shown(Field):  # type: ignore[misc]  # it ships no types
    """A column that is put together by `dehydrate_<name>`; never imported."""

    def __init__(self, heading: str) -> None:
        super().__init__(column_name=heading, readonly=True, widget=cells.Cell())


def found(attribute: str, heading: str, model: type[models.Model], key: str) -> Field:
    """A column that names a row of another table."""
    missing = gettext_lazy("登録されていません。")
    return Field(attribute=attribute, column_name=heading, widget=cells.FoundCell(model, key, missing))


def phone(attribute: str, heading: str) -> Field:
    return Field(attribute=attribute, column_name=heading, widget=cells.PhoneCell())
