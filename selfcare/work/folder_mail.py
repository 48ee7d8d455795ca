"""The demo's mail server: one file per message in a folder, as it would have been sent."""

from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class FolderBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for message in email_messages:
            sent = message.message()
            name = str(sent["Message-ID"]).strip("<>").split("@")[0]
            # Written beside and renamed: whoever reads the folder never sees half a message.
            draft = folder / f".{name}.part"
            draft.write_bytes(sent.as_bytes())
            draft.rename(folder / f"{name}.eml")
        return len(email_messages)
