"""Which numbers can move here, as operators keep it, and what a new database begins with."""

from datetime import date
from typing import Any

from django.db import connections
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from numbering.cloud.models import PortOrigin

#: When carriers here began to give and take numbers at all; and both ways, whoever had issued them.
_ONE_WAY = date(2001, 3, 1)
_BOTH_WAYS = date(2025, 1, 1)

#: code -> words, explanation, first day; in Japanese in the table, in the reader's language on pages.
DEFAULTS: dict[str, tuple[str, str, date]] = {
    "ntt_analog": (
        gettext_noop("NTT東日本・NTT西日本の加入電話（アナログ）"),
        gettext_noop("黒電話などの従来の固定電話の番号です。"),
        _ONE_WAY,
    ),
    "ntt_isdn": (
        gettext_noop("NTT東日本・NTT西日本のINSネット（ISDN）"),
        gettext_noop("ISDN回線で取得した番号です。"),
        _ONE_WAY,
    ),
    "from_ntt": (
        gettext_noop("NTTの加入電話・INSネットで取得し、現在はひかり電話や他社の電話で使っている番号"),
        gettext_noop("電話会社を変えても番号が変わっていないときは、これをお選びください。"),
        _ONE_WAY,
    ),
    "hikari": (
        gettext_noop("ひかり電話で新しく取得した番号"),
        gettext_noop("2025年1月から、双方向の番号ポータビリティで移行できます。"),
        _BOTH_WAYS,
    ),
    "other": (
        gettext_noop("NTT以外の電話会社で新しく取得した番号"),
        gettext_noop("ケーブルテレビの電話や直収電話など。2025年1月から移行できます。"),
        _BOTH_WAYS,
    ),
}


def movable(*, on: date) -> QuerySet[PortOrigin]:
    """The origins whose numbers can move on this day."""
    return PortOrigin.objects.filter(
        Q(movable_until__isnull=True) | Q(movable_until__gte=on), movable_from__lte=on
    )  # fmt: skip


def publish_first(using: str, **_kwargs: Any) -> None:
    """post_migrate: every origin has its row, which operators then edit; what they have set stays."""
    if PortOrigin._meta.db_table not in connections[using].introspection.table_names():
        return
    PortOrigin.objects.using(using).bulk_create(
        (
            PortOrigin(code=code, words=words, help=explanation, movable_from=day, order=place)
            for place, (code, (words, explanation, day)) in enumerate(DEFAULTS.items(), start=1)
        ),
        ignore_conflicts=True,
    )
