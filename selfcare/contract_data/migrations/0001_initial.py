import datetime
import uuid

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

# Asked by the registrar's view, whose role reads no table and has another search path: the owner's rights, and every
# name with its schema. What is in force is decided by the clock and by what operators have done; no worker writes it.
_IS_SUSPENDED = """
CREATE FUNCTION public.contract_data_is_suspended(contract bigint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM public.contract_data_suspension AS s
        WHERE s.contract_id = contract
            AND s.lifted_at IS NULL
            AND s.announced_week_at IS NOT NULL
            AND s.announced_day_at IS NOT NULL
            AND s.starts_at <= public.selfcare_now()
            AND (s.provisional_until IS NULL OR s.provisional_until <= public.selfcare_now())
    )
$$;
GRANT EXECUTE ON FUNCTION public.contract_data_is_suspended(bigint) TO selfcare_app;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0003_owners"),
        ("documents", "0001_initial"),
        ("orders", "0008_approval"),
        ("work", "0002_queues"),
    ]

    operations = [
        migrations.CreateModel(
            name="Holder",
            fields=[],
            options={
                "verbose_name": "ご契約者",
                "proxy": True,
                "default_permissions": (),
                "indexes": [],
                "constraints": [],
            },
            bases=("accounts.customer",),
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="contact",
                        serialize=False,
                        to="accounts.customer",
                        verbose_name="契約者",
                    ),
                ),
                ("phone", models.CharField(blank=True, max_length=15, verbose_name="連絡先電話番号")),
                ("person", models.CharField(blank=True, max_length=80, verbose_name="ご担当者名")),
            ],
            options={
                "verbose_name": "連絡先",
                "verbose_name_plural": "連絡先",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("phone__regex", "^(0[0-9]{9,10})?$")), name="contact_phone_digits"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IdentityCase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("review", "審査中"),
                            ("wanted", "書類のご用意待ち"),
                            ("letter", "確認のお手紙の発送準備中"),
                            ("posted", "確認コードの入力待ち"),
                            ("returned", "お手紙が返送されました"),
                            ("confirmed", "変更済み"),
                            ("ended", "終了（変更なし）"),
                        ],
                        default="review",
                        max_length=10,
                        verbose_name="状態",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="新しい契約者名")),
                ("kana", models.CharField(blank=True, max_length=120, verbose_name="新しい契約者名カナ")),
                ("postal_code", models.CharField(max_length=8, verbose_name="新しい郵便番号")),
                ("address", models.CharField(max_length=200, verbose_name="新しい住所")),
                ("building", models.CharField(blank=True, max_length=120, verbose_name="新しい建物名など")),
                ("before", models.JSONField(blank=True, default=dict, verbose_name="申し込みのときの登録内容")),
                ("wanted", models.JSONField(blank=True, default=dict, verbose_name="不足している書類")),
                ("words", models.TextField(blank=True, verbose_name="お客様へのご案内")),
                ("created_at", models.DateTimeField(verbose_name="受付日時")),
                ("reviewed_at", models.DateTimeField(blank=True, null=True, verbose_name="審査日時")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="終了日時")),
                (
                    "confirmed_by",
                    models.CharField(
                        blank=True,
                        choices=[("code", "お手紙の確認コード"), ("delivery", "郵便の配達記録")],
                        max_length=10,
                        verbose_name="確認の方法",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identity_cases",
                        to="accounts.customer",
                        verbose_name="契約者",
                    ),
                ),
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identity_case",
                        to="orders.order",
                        verbose_name="お申し込み",
                    ),
                ),
            ],
            options={
                "verbose_name": "住所・名義の変更",
                "verbose_name_plural": "住所・名義の変更",
                "permissions": [("review_identitycase", "住所・名義の変更を審査する")],
            },
        ),
        migrations.CreateModel(
            name="CheckLetter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("sequence", models.PositiveSmallIntegerField(verbose_name="何通目")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "発送準備中"),
                            ("posted", "発送済"),
                            ("delivered", "配達済"),
                            ("returned", "返送"),
                            ("void", "無効"),
                        ],
                        default="queued",
                        max_length=10,
                        verbose_name="状態",
                    ),
                ),
                ("code_digest", models.CharField(editable=False, max_length=64)),
                ("guesses", models.PositiveSmallIntegerField(default=0, verbose_name="誤った入力の回数")),
                ("recipient", models.CharField(max_length=120, verbose_name="宛名")),
                ("postal_code", models.CharField(max_length=8, verbose_name="郵便番号")),
                ("address", models.CharField(max_length=200, verbose_name="住所")),
                ("building", models.CharField(blank=True, max_length=120, verbose_name="建物名など")),
                ("tracking", models.CharField(blank=True, max_length=30, verbose_name="お問い合わせ番号")),
                ("posted_at", models.DateTimeField(blank=True, null=True, verbose_name="発送日時")),
                ("delivered_at", models.DateTimeField(blank=True, null=True, verbose_name="配達日時")),
                ("returned_at", models.DateTimeField(blank=True, null=True, verbose_name="返送日時")),
                ("return_reason", models.CharField(blank=True, max_length=100, verbose_name="返送の理由")),
                ("ask_at", models.DateTimeField(blank=True, null=True, verbose_name="次の照会")),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("lease_token", models.UUIDField(blank=True, null=True)),
                ("attempt", models.PositiveIntegerField(default=0, verbose_name="試行回数")),
                ("trouble", models.TextField(blank=True, verbose_name="照会できない理由")),
                (
                    "letter",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="work.letter",
                        verbose_name="郵送物",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="contract_data.identitycase",
                        verbose_name="変更",
                    ),
                ),
            ],
            options={
                "verbose_name": "確認のお手紙",
                "verbose_name_plural": "確認のお手紙",
                "permissions": [("record_delivery", "郵便の配達・返送を記録する")],
            },
        ),
        migrations.CreateModel(
            name="MailLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "end",
                    models.CharField(
                        choices=[("old", "これまでのメールアドレス"), ("new", "新しいメールアドレス")], max_length=3
                    ),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="メールアドレス")),
                ("token_digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("expires_at", models.DateTimeField(verbose_name="期限")),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="確認日時")),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mail_links",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "verbose_name": "登録メールアドレスの確認",
                "verbose_name_plural": "登録メールアドレスの確認",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PostEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=100, verbose_name="記録番号")),
                (
                    "kind",
                    models.CharField(
                        choices=[("accepted", "引受"), ("delivered", "配達"), ("returned", "返送")],
                        max_length=10,
                        verbose_name="内容",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=100, verbose_name="理由")),
                ("happened_at", models.DateTimeField(verbose_name="日時")),
                ("received_at", models.DateTimeField(verbose_name="受信日時")),
                (
                    "letter",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="contract_data.checkletter",
                    ),
                ),
            ],
            options={
                "verbose_name": "郵便の記録",
                "verbose_name_plural": "郵便の記録",
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.PositiveSmallIntegerField(verbose_name="日目")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="送信日時")),
                ("noted_at", models.DateTimeField(verbose_name="記録日時")),
                (
                    "letter",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="contract_data.checkletter",
                    ),
                ),
            ],
            options={
                "verbose_name": "お知らせ",
                "verbose_name_plural": "お知らせ",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Suspension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=400, verbose_name="停止の理由（お客様が読みます）")),
                ("counted_from", models.DateTimeField(verbose_name="お手紙の発送日時")),
                ("booked_at", models.DateTimeField(verbose_name="予約日時")),
                ("starts_at", models.DateTimeField(verbose_name="停止日時")),
                ("announced_week_at", models.DateTimeField(blank=True, null=True, verbose_name="7日前のお知らせ")),
                ("announced_day_at", models.DateTimeField(blank=True, null=True, verbose_name="前日のお知らせ")),
                ("provisional_until", models.DateTimeField(blank=True, null=True, verbose_name="暫定解除の期限")),
                (
                    "end_told",
                    models.DateTimeField(blank=True, null=True, verbose_name="お知らせ済みの暫定解除の期限"),
                ),
                ("lifted_at", models.DateTimeField(blank=True, null=True, verbose_name="解除日時")),
                ("is_told", models.BooleanField(default=False, verbose_name="各サービスへの通知")),
                (
                    "booked_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="予約者",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspensions",
                        to="contract_data.identitycase",
                        verbose_name="変更",
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspensions",
                        to="accounts.contract",
                        verbose_name="契約",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspensions",
                        to="accounts.customer",
                        verbose_name="契約者",
                    ),
                ),
            ],
            options={
                "verbose_name": "利用停止",
                "verbose_name_plural": "利用停止",
                "permissions": [("book_suspension", "利用停止を予約する"), ("lift_suspension", "利用停止を解除する")],
            },
        ),
        migrations.AddIndex(
            model_name="identitycase",
            index=models.Index(fields=["customer", "-id"], name="identity_of_customer"),
        ),
        migrations.AddIndex(
            model_name="identitycase",
            index=models.Index(
                condition=models.Q(("finished_at__isnull", True)), fields=["state", "id"], name="identity_tray"
            ),
        ),
        migrations.AddConstraint(
            model_name="identitycase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["review", "wanted", "letter", "posted", "returned", "confirmed", "ended"])
                ),
                name="identity_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="identitycase",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["letter", "posted", "returned", "review", "wanted"])),
                fields=("customer",),
                name="identity_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="identitycase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("finished_at__isnull", True),
                        ("state__in", ["letter", "posted", "returned", "review", "wanted"]),
                    ),
                    models.Q(("finished_at__isnull", False), ("state__in", ["confirmed", "ended"])),
                    _connector="OR",
                ),
                name="identity_finished_iff_over",
            ),
        ),
        migrations.AddConstraint(
            model_name="identitycase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("confirmed_by__in", ["code", "delivery"]), ("state", "confirmed")),
                    models.Q(models.Q(("state", "confirmed"), _negated=True), ("confirmed_by", "")),
                    _connector="OR",
                ),
                name="identity_confirmed_how",
            ),
        ),
        migrations.AddIndex(
            model_name="checkletter",
            index=models.Index(condition=models.Q(("state", "posted")), fields=["ask_at"], name="check_letter_ask"),
        ),
        migrations.AddIndex(
            model_name="checkletter",
            index=models.Index(condition=models.Q(("state", "queued")), fields=["id"], name="check_letter_queued"),
        ),
        migrations.AddConstraint(
            model_name="checkletter",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["queued", "posted", "delivered", "returned", "void"])),
                name="check_letter_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="checkletter",
            constraint=models.UniqueConstraint(fields=("case", "sequence"), name="check_letter_once"),
        ),
        migrations.AddConstraint(
            model_name="checkletter",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["queued", "posted"])),
                fields=("case",),
                name="check_letter_one_under_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="checkletter",
            constraint=models.CheckConstraint(
                condition=models.Q(("code_digest__regex", "^[0-9a-f]{64}$")), name="check_letter_digest"
            ),
        ),
        migrations.AddConstraint(
            model_name="checkletter",
            constraint=models.CheckConstraint(condition=models.Q(("guesses__lte", 5)), name="check_letter_guesses"),
        ),
        migrations.AddConstraint(
            model_name="checkletter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("posted_at__isnull", True), ("state", "queued")),
                    ("state", "void"),
                    models.Q(("posted_at__isnull", False), ("state__in", ["posted", "delivered", "returned"])),
                    _connector="OR",
                ),
                name="check_letter_posted",
            ),
        ),
        migrations.AddConstraint(
            model_name="checkletter",
            constraint=models.UniqueConstraint(
                condition=models.Q(("tracking", ""), _negated=True), fields=("tracking",), name="check_letter_tracking"
            ),
        ),
        migrations.AddConstraint(
            model_name="maillink",
            constraint=models.UniqueConstraint(fields=("order", "end"), name="mail_link_once_per_end"),
        ),
        migrations.AddConstraint(
            model_name="maillink",
            constraint=models.CheckConstraint(
                condition=models.Q(("token_digest__regex", "^[0-9a-f]{64}$")), name="mail_link_digest"
            ),
        ),
        migrations.AddConstraint(
            model_name="postevent",
            constraint=models.UniqueConstraint(fields=("letter", "key"), name="post_event_once"),
        ),
        migrations.AddConstraint(
            model_name="postevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["accepted", "delivered", "returned"])), name="post_event_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(fields=("letter", "day"), name="reminder_once"),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.CheckConstraint(condition=models.Q(("day__in", [7, 14, 21])), name="reminder_day_known"),
        ),
        migrations.AddIndex(
            model_name="suspension",
            index=models.Index(
                condition=models.Q(("lifted_at__isnull", True)), fields=["customer"], name="suspension_of_customer"
            ),
        ),
        migrations.AddIndex(
            model_name="suspension",
            index=models.Index(
                condition=models.Q(("lifted_at__isnull", True)), fields=["starts_at"], name="suspension_standing"
            ),
        ),
        migrations.AddIndex(
            model_name="suspension",
            index=models.Index(condition=models.Q(("is_told", True)), fields=["id"], name="suspension_told"),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at__isnull", True)), fields=("contract",), name="suspension_one_standing"
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "booked_at__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("counted_from"),
                            "+",
                            models.Value(datetime.timedelta(days=30), output_field=models.DurationField()),
                        ),
                    )
                ),
                name="suspension_not_early",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("announced_week_at__isnull", True),
                    (
                        "starts_at__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("announced_week_at"),
                            "+",
                            models.Value(datetime.timedelta(days=7), output_field=models.DurationField()),
                        ),
                    ),
                    _connector="OR",
                ),
                name="suspension_week_before",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("announced_day_at__isnull", True),
                    models.Q(
                        ("announced_week_at__isnull", False),
                        (
                            "starts_at__gte",
                            django.db.models.expressions.CombinedExpression(
                                models.F("announced_day_at"),
                                "+",
                                models.Value(datetime.timedelta(days=1), output_field=models.DurationField()),
                            ),
                        ),
                    ),
                    _connector="OR",
                ),
                name="suspension_day_before",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "starts_at__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("booked_at"),
                            "+",
                            models.Value(datetime.timedelta(days=7), output_field=models.DurationField()),
                        ),
                    )
                ),
                name="suspension_booked_a_week_before",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("provisional_until__isnull", True),
                    ("provisional_until__gt", models.F("starts_at")),
                    _connector="OR",
                ),
                name="suspension_lifted_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="checkletter",
            constraint=models.CheckConstraint(
                condition=models.Q(("letter__isnull", False), ("state", "void"), _connector="OR"),
                name="check_letter_has_paper",
            ),
        ),
        migrations.RunSQL(_IS_SUSPENDED, "DROP FUNCTION public.contract_data_is_suspended(bigint)"),
    ]
