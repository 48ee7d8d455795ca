"""Where an uploaded file waits between preview and confirm."""

import uuid
from datetime import timedelta
from typing import Any

from import_export.tmp_storages import BaseStorage

from selfcare import clock
from selfcare.staff.models import ImportFile
from selfcare.work import jobs
from selfcare.work.models import Job

#: Nobody looks at a preview for longer than a day's work.
KEPT = timedelta(hours=12)


class ImportStorage(BaseStorage):  # type: ignore[misc]  # it ships no types
    """django-import-export's temporary storage as a row: the name is all that travels through the form."""

    def save(self, data: bytes | str) -> None:
        content = data.encode() if isinstance(data, str) else data
        self.name = str(ImportFile.objects.create(content=content, created_at=clock.real_now()).uuid)

    def read(self) -> bytes | str:
        """The content as it was saved; raises ImportFile.DoesNotExist for a name that is no file's (any more)."""
        try:
            name = uuid.UUID(str(self.name))
        except ValueError:
            raise ImportFile.DoesNotExist from None
        content = bytes(ImportFile.objects.get(uuid=name).content)
        return content if "b" in self.read_mode else content.decode(self.encoding or "utf-8")

    def remove(self) -> None:
        ImportFile.objects.filter(uuid=self.name).delete()


def register_sweep() -> None:
    jobs.job("staff.sweep_imports", every=timedelta(hours=1))(_sweep)


def _sweep(row: Job) -> dict[str, Any]:
    deleted, _ = ImportFile.objects.filter(created_at__lt=clock.real_now() - KEPT).delete()
    return {"deleted": deleted}
