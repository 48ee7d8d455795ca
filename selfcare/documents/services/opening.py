"""Giving a document to an operator."""

import hashlib
import logging

from django.db import transaction
from django.utils.translation import gettext as _

from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.documents import storage
from selfcare.documents.models import Document
from selfcare.documents.services.storing import detail

logger = logging.getLogger(__name__)


class Lost(Exception):
    """The file is gone or is not the one that was sent; `str(error)` tells the operator what to do."""


def open_document(*, document: Document, actor: User) -> bytes:
    """The content as it was sent, with an audit event. Raises Lost."""
    try:
        content = storage.read(document.stored)
    except OSError as error:
        logger.exception("The file of a document cannot be read.", extra={"document": document.pk})
        raise Lost(
            _("ファイル %(stored)s を読み取れません。保存先の接続と空き容量を確認し、バックアップから戻してください。")
            % {"stored": document.stored}
        ) from error
    if hashlib.sha256(content).hexdigest() != document.sha256:
        logger.error("The file of a document is not the one that was sent.", extra={"document": document.pk})
        raise Lost(
            _("ファイル %(stored)s の内容が、受信したときと異なります。開かずに、バックアップから戻してください。")
            % {"stored": document.stored}
        )
    with transaction.atomic():
        audit.record(action="document.opened", obj=document, detail=detail(document), actor=actor)
    return content
