"""Kinds of consumption tax, and how the customer's files call them.

International calls are exempt as exports (消費税法7条1項3号, 基本通達7-2-1), roaming lies outside the tax's scope; the
files that customers' accounting reads call both 非課税.
"""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaxClass(models.TextChoices):
    STANDARD = "standard", _("課税（標準税率）")
    REDUCED = "reduced", _("課税（軽減税率）")
    EXPORT = "export", _("免税（国際通話）")
    OUTSIDE = "outside", _("不課税（国際ローミング）")
    EXEMPT = "exempt", _("非課税")


TAXED = (TaxClass.STANDARD, TaxClass.REDUCED)
UNTAXED = (TaxClass.EXPORT, TaxClass.OUTSIDE, TaxClass.EXEMPT)


def label(percent: Decimal) -> str:
    """税区分 of the customer's files, which is never translated: 外税10%, or 非課税 where no tax comes on top."""
    return f"外税{percent.normalize():f}%" if percent else "非課税"


#: The same in SQL; `%s` is a numeric column.
LABEL_SQL = "CASE WHEN {0} = 0 THEN '非課税' ELSE '外税' || trim_scale({0}) || '%' END"
