"""The demo's notices, and a maintenance that is announced for one of the next nights."""

from datetime import datetime, time, timedelta

from selfcare import calendar
from selfcare.accounts.models import Contract
from selfcare.runtime import demo
from selfcare.runtime.demo import Scene
from selfcare.shell.models import Maintenance, Notice


def register() -> None:
    demo.register("shell", load)


def load(scene: Scene) -> None:
    night = _night(scene, days=5, hour=1)
    Notice.objects.bulk_create(
        [
            Notice(
                title="料金明細の表示をリニューアルしました",
                body="ご利用月ごとの内訳を見やすくしました。操作方法は変わりません。",
                shown_from=scene.ago(75, "10:00"),
                shown_until=scene.ago(40, "10:00"),
            ),
            Notice(
                title="050番号の追加が、お申し込み後すぐに使えるようになりました",
                body="これまで翌営業日としていた番号の追加を、お申し込み後すぐに反映するようにしました。"
                "パスワードは完了画面と、後日お届けする書面でご確認いただけます。",
                shown_from=scene.ago(21, "10:00"),
                kinds=[Contract.Kind.IP_PHONE],
            ),
            Notice(
                title="回線の中断・再開の受付時間について",
                body="回線一時中断と利用再開は、毎日9:00から19:59まで受け付けています。"
                "SoftBank回線の作業は10:00から始まります。",
                shown_from=scene.ago(12, "10:00"),
                kinds=[Contract.Kind.MOBILE],
            ),
            Notice(
                title="システムメンテナンスのお知らせ",
                body=f"{_words(night)} から4時間、設備の更新を行います。"
                "この間は電話をお使いいただけますが、お申し込みは受け付けられません。",
                shown_from=scene.ago(2, "15:00"),
                shown_until=night + timedelta(hours=4),
            ),
        ]
    )
    Maintenance.objects.bulk_create(
        [
            Maintenance(
                message="設備の更新のため、お申し込みの受付を停止します。",
                announce_from=scene.ago(2, "15:00"),
                starts_at=night,
                ends_at=night + timedelta(hours=4),
                changed_by=scene.users.get("operator.admin"),
            )
        ]
    )
    scene.tell(scene.ago(2, "14:55"), "maintenance.changed", actor=scene.users.get("operator.admin"))


def _night(scene: Scene, *, days: int, hour: int) -> datetime:
    day = calendar.today(scene.now) + timedelta(days=days)
    return datetime.combine(day, time(hour), tzinfo=calendar.TOKYO)


def _words(moment: datetime) -> str:
    return f"{moment.month}月{moment.day}日 {moment:%H:%M}"
