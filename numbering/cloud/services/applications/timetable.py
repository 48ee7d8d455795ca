"""When what was applied for can be used, in words; the days are business days (spec 7.1)."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from numbering.cloud.models import CloudApplication
from numbering.cloud.services.applications import needs
from selfcare import calendar
from selfcare.orders.days import business_days

#: Business days from the application of a company to its use.
CORPORATE = (3, 4)
#: Business days from 本申込 to the shipping of devices.
SHIPPING = (1, 2)


def corporate_days(now: datetime) -> tuple[date, date]:
    """The first and the last day on which a company's use begins."""
    today = calendar.today(now)
    days = business_days(since=today)
    return days.add(today, CORPORATE[0]), days.add(today, CORPORATE[1])


def promises(application: CloudApplication, now: datetime) -> list[str]:
    """What the confirm page and the mail say about time."""
    said = []
    if application.is_corporate:
        first, last = corporate_days(now)
        said.append(
            _("法人のお客様は、3～4営業日でお使いいただけます（本日送信いただくと%(first)s～%(last)sの見込み）。")
            % {"first": f"{first:%Y/%m/%d}", "last": f"{last:%Y/%m/%d}"}
        )
    else:
        said.append(_("書類の確認が済みしだい、メールでお知らせし、お使いいただけます。"))
    if needs.is_bringing(application):
        said.append(
            _(
                "番号ポータビリティの番号は、切替の完了後にお使いいただけます。いまの電話は、切替が終わるまで解約しないでください。"
            )
        )
    basket = needs.basket_of(application)
    if basket.desk_phones or basket.adapters or any(one.desk_phone for one in basket.ids):
        said.append(_("機器は、本申込の1～2営業日後に発送します。"))
    said.append(
        _(
            "お試しは、始められる日の次の25日（始められる日が25日のときは当日）まで無料です。料金は本申込の日から発生します。"
        )
    )
    return said
