"""How many business days before its construction date an order must come, by what it contains."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class LeadTime(models.Model):
    """The lead time of one content, in business days after the day of the order; the longest of an order's counts.

    Operators edit the days, customers read them; the contents themselves are what the dates are computed by
    (numbering.dial_in.dates).
    """

    class Content(models.TextChoices):
        ADD_050 = "add_050", _("050番号の追加")
        ADD_0ABJ = "add_0abj", _("0ABJ番号の追加")
        FIRST_0ABJ = "first_0abj", _("0ABJ番号の初めてのご利用")
        RESERVED = "reserved", _("予約コードによる番号の追加")
        MANY = "many", _("1つの基本契約番号で1,000番号を超える追加")
        PORT = "port", _("番号ポータビリティ（他社からの番号の引き継ぎ）")
        MOVE = "move", _("ご契約内での番号の移動")
        TARGETS = "targets", _("特定番号通知・転送先特定番号")
        NETWORK = "network", _("ネットワークアドレスの追加・削除")
        MEMBERS_NET = "members_net", _("メンバーズネットのご契約")

    content = models.CharField(_("内容"), max_length=20, unique=True, choices=Content)
    business_days = models.PositiveSmallIntegerField(_("営業日数"))

    class Meta:
        verbose_name = _("最短納期")
        verbose_name_plural = pgettext_lazy("several", "最短納期")
        constraints = [
            models.CheckConstraint(
                name="lead_time_within_a_year", condition=models.Q(business_days__gte=1, business_days__lte=250)
            ),
        ]

    def __str__(self) -> str:
        return self.get_content_display()
