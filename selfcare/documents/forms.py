"""The field for a file that is sent along: what is wrong with it stands beside it, and what is stored stays.

class LegalForm(forms.Form):
    record = DocumentField(label=_("取引時確認記録登録申込書"), kind="numbering.dial_in.legal")

@takes_documents()
@customer_view(...)
def view(request):
    held = Document.objects.of(order, "numbering.dial_in.legal").last()
    if request.method != "POST":
        return page(LegalForm(initial={"record": held}))
    form = LegalForm(request.POST, request.FILES, initial={"record": held})
    good = form.is_valid()
    if not keep_documents(form=form, order=order, actor=request.user) or not good:
        return page(form)                   # what was sent well is stored and shown by its name
    document = form.cleaned_data["record"]  # a Document

Where there is no order, pass `holder=Holder(…)` instead of it (holders.py), and the actor where there is one.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.widgets import ClearableFileInput
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy

from selfcare.accounts.models import User
from selfcare.documents.filetypes import ACCEPT, EXTENSIONS_WORDS, LARGEST, LARGEST_WORDS
from selfcare.documents.holders import Holder
from selfcare.documents.models import Document
from selfcare.documents.refusing import Refused, empty, too_large
from selfcare.documents.services.storing import inspect_upload, remove, store
from selfcare.orders.models import Order
from selfcare.shell.uploads import TooLargeFile, V, largest_upload

_HELP = gettext_lazy(
    "使える形式：%(types)s。1ファイル%(most)sまで。複数あるときは、パスワードなしの1つのZIPにまとめてください。"
)


def takes_documents(files: int = 1) -> Callable[[V], V]:
    """Outermost decorator of a view whose form has so many DocumentFields: larger files are not kept, and told."""
    return largest_upload(LARGEST, files=files, told=True)


class DocumentInput(ClearableFileInput):
    """What is stored already, by its name; a file to put in its place; a box to take it away where it may be."""

    template_name = "documents/_input.html"

    def is_initial(self, value: Any) -> bool:
        return isinstance(value, Document)


class DocumentField(forms.FileField):
    """One file of the permitted types. `initial` is the Document that is stored already, or None.

    Its value is the upload, once it has passed the inspection; the stored Document where nothing was sent; False where
    the stored one is to be taken away; None. `keep_documents` makes Documents of them.
    """

    widget = DocumentInput

    def __init__(self, *, kind: str, **kwargs: Any) -> None:
        self.kind = kind
        kwargs.setdefault("help_text", lazy(_help_text, str)())
        kwargs["error_messages"] = {
            "required": gettext_lazy("ファイルを選んでください。"),
            "invalid": gettext_lazy("ファイルが届いていません。もう一度選んでください。"),
            "contradiction": gettext_lazy("新しいファイルを選ぶか、「取り除く」を選ぶか、どちらかにしてください。"),
            **kwargs.get("error_messages", {}),
        }
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "accept": ACCEPT}

    def to_python(self, data: Any) -> Any:
        if isinstance(data, TooLargeFile):
            raise forms.ValidationError(str(too_large()))
        if isinstance(data, UploadedFile) and not data.size:
            raise forms.ValidationError(str(empty()))
        upload = super().to_python(data)
        if isinstance(upload, UploadedFile):
            try:
                inspect_upload(upload)
            except Refused as error:
                raise forms.ValidationError(str(error)) from error
        return upload


def _help_text() -> str:
    return _HELP % {"types": EXTENSIONS_WORDS, "most": LARGEST_WORDS}


def keep_documents(
    *, form: forms.BaseForm, order: Order | None = None, holder: Holder | None = None, actor: User | None = None
) -> bool:
    """Store what came well with a validated form, also when another field is wrong; false if something could not be.

    Call it after `is_valid()`, with a saved order or a holder. Afterwards the form, drawn again, shows the stored
    documents, and the cleaned data holds them: a Document or None per DocumentField. A new file takes the place of the
    stored one.
    """
    good = True
    for name, field in form.fields.items():
        if isinstance(field, DocumentField) and name in form.cleaned_data:
            try:
                kept = _keep(form.cleaned_data[name], form[name].initial, field, (order, holder), actor)
            except Refused as error:
                form.add_error(name, str(error))
                good = False
            else:
                form.cleaned_data[name] = form.initial[name] = kept
                # Read once and remembered, and the page is to show what is stored now.
                vars(form[name]).pop("initial", None)
    return good


def _keep(
    value: Any,
    held: Document | None,
    field: DocumentField,
    place: tuple[Order | None, Holder | None],
    actor: User | None,
) -> Document | None:
    order, holder = place
    kept = held
    if isinstance(value, UploadedFile):
        kept = store(upload=value, kind=field.kind, order=order, holder=holder, actor=actor)
    elif value is False:
        kept = None
    if held is not None and kept != held:
        remove(document=held, holder=holder, actor=actor)
    return kept
