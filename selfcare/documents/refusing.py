"""Why a file is not taken, in the words of the person who sent it: what is wrong, and what to do about it."""

from django.utils.translation import gettext as _

from selfcare.documents.filetypes import EXTENSIONS_WORDS, LARGEST_WORDS


class Refused(Exception):
    """`str(error)` is shown beside the field."""


def permitted() -> Refused:
    return Refused(
        _("この種類のファイルは受け付けていません。次のいずれかでお送りください：%(types)s")
        % {"types": EXTENSIONS_WORDS}
    )


def too_large() -> Refused:
    return Refused(
        _("ファイルが大きすぎます（1ファイル%(most)sまで）。画像を小さくするなどしてからお送りください。")
        % {"most": LARGEST_WORDS}
    )


def empty() -> Refused:
    return Refused(_("ファイルが空です。内容のあるファイルを選んでください。"))


def mismatch(extension: str) -> Refused:
    return Refused(
        _("中身が拡張子（.%(extension)s）の形式ではありません。正しい形式で保存し直してからお送りください。")
        % {"extension": extension}
    )


def broken() -> Refused:
    return Refused(_("ファイルが壊れているか、途中で切れています。もう一度保存してからお送りください。"))


def glued() -> Refused:
    return Refused(
        _("ファイルに別のデータが隠れています。ファイルだけを新しく保存し直すか、作り直してからお送りください。")
    )


def encrypted() -> Refused:
    return Refused(_("パスワード付きのファイルは受け付けていません。パスワードを外してからお送りください。"))
