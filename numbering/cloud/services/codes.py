"""Codes that never change, by which bills and the trail name what a cloud phone contract has."""

from django.db import connection, models

from numbering.cloud.models import CloudId, Equipment

_PREFIXES: dict[type[models.Model], str] = {CloudId: "C", Equipment: "E"}


def upcoming(model: type[models.Model], count: int) -> list[tuple[int, str]]:
    """Primary keys for `count` rows to be inserted, with their codes: (12345, "C00012345"). Nobody else gets them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [(pk, f"{_PREFIXES[model]}{pk:08}") for (pk,) in cursor.fetchall()]
