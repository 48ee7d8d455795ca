import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0003_owners"),
        ("orders", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Article",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "slug",
                    models.CharField(
                        max_length=40,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-z0-9][a-z0-9-]*\\Z", "半角の英小文字・数字・ハイフンで入力してください。"
                            )
                        ],
                        verbose_name="アドレス",
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("stopped", "電話が止まっている"),
                            ("ringing", "着信音が鳴らない・着信しない"),
                            ("app", "アプリ・端末の設定"),
                            ("devices", "宅内装置・優先電話機・FAX"),
                            ("login", "ログイン・ユーザー"),
                            ("order", "お申し込み・お手続き"),
                            ("billing", "料金・お支払い"),
                            ("contract", "ご契約内容・名義・住所"),
                            ("other", "その他"),
                        ],
                        max_length=20,
                        verbose_name="種類",
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="質問")),
                ("title_en", models.CharField(blank=True, max_length=120, verbose_name="質問（英語）")),
                ("body", models.TextField(verbose_name="回答")),
                ("body_en", models.TextField(blank=True, verbose_name="回答（英語）")),
                ("keywords", models.CharField(blank=True, max_length=400, verbose_name="検索語")),
                ("position", models.PositiveIntegerField(default=100, verbose_name="並び順")),
                ("is_published", models.BooleanField(default=True, verbose_name="公開")),
            ],
            options={
                "verbose_name": "よくある質問",
                "verbose_name_plural": "よくある質問",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("slug__regex", "^[a-z0-9][a-z0-9-]*$")), name="article_slug_clean"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Inquiry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(blank=True, max_length=15, verbose_name="電話番号")),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("stopped", "電話が止まっている"),
                            ("ringing", "着信音が鳴らない・着信しない"),
                            ("app", "アプリ・端末の設定"),
                            ("devices", "宅内装置・優先電話機・FAX"),
                            ("login", "ログイン・ユーザー"),
                            ("order", "お申し込み・お手続き"),
                            ("billing", "料金・お支払い"),
                            ("contract", "ご契約内容・名義・住所"),
                            ("other", "その他"),
                        ],
                        max_length=20,
                        verbose_name="種類",
                    ),
                ),
                ("is_urgent", models.BooleanField(default=False, verbose_name="緊急")),
                ("callback_phone", models.CharField(blank=True, max_length=15, verbose_name="折り返し先電話番号")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "回答待ち"), ("answered", "回答済"), ("closed", "終了")],
                        default="open",
                        max_length=10,
                        verbose_name="状態",
                    ),
                ),
                ("expected_at", models.DateTimeField(null=True, verbose_name="回答予定")),
                ("is_unread", models.BooleanField(default=False, verbose_name="未読の回答")),
                ("created_at", models.DateTimeField(verbose_name="受付日時")),
                ("changed_at", models.DateTimeField(verbose_name="最終更新")),
                (
                    "assigned_to",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="担当オペレーター",
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.contract",
                        verbose_name="契約",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="送信者",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="inquiries",
                        to="accounts.customer",
                        verbose_name="契約者",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                        verbose_name="お申し込み",
                    ),
                ),
            ],
            options={
                "verbose_name": "お問い合わせ",
                "verbose_name_plural": "お問い合わせ",
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "side",
                    models.CharField(
                        choices=[("customer", "お客様"), ("operator", "オペレーター")],
                        max_length=10,
                        verbose_name="書いた側",
                    ),
                ),
                ("text", models.TextField(verbose_name="内容")),
                ("is_internal", models.BooleanField(default=False, verbose_name="社内メモ")),
                ("key", models.CharField(editable=False, max_length=100, null=True)),
                ("written_at", models.DateTimeField(verbose_name="日時")),
                (
                    "author",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="書いた人",
                    ),
                ),
                (
                    "inquiry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="inquiries.inquiry",
                        verbose_name="お問い合わせ",
                    ),
                ),
            ],
            options={
                "verbose_name": "メッセージ",
                "verbose_name_plural": "メッセージ",
            },
        ),
        migrations.CreateModel(
            name="SupportContact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "service",
                    models.CharField(
                        choices=[
                            ("general", "共通（ログイン前など）"),
                            ("ip_phone", "050番号（IP電話）"),
                            ("mobile", "モバイル"),
                            ("dial_in", "ダイヤルイン"),
                            ("cloud_phone", "クラウド電話"),
                        ],
                        max_length=20,
                        unique=True,
                        verbose_name="サービス",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="窓口の名前")),
                ("name_en", models.CharField(blank=True, max_length=80, verbose_name="窓口の名前（英語）")),
                ("mail", models.EmailField(max_length=254, verbose_name="メールアドレス")),
                (
                    "phone",
                    models.CharField(
                        blank=True, help_text="空欄：メールのみの窓口", max_length=15, verbose_name="電話番号"
                    ),
                ),
                ("opens", models.TimeField(verbose_name="受付開始")),
                ("closes", models.TimeField(verbose_name="受付終了")),
                ("weekdays_only", models.BooleanField(default=True, verbose_name="平日のみ")),
                (
                    "names_contract",
                    models.BooleanField(
                        default=True,
                        help_text="契約にお問い合わせ先（担当営業など）が登録されているときは、その名前と電話番号を表示します。",
                        verbose_name="契約の担当を優先する",
                    ),
                ),
            ],
            options={
                "verbose_name": "お問い合わせ窓口",
                "verbose_name_plural": "お問い合わせ窓口",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("opens__lt", models.F("closes"))), name="support_contact_hours_in_order"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("phone", ""), ("phone__regex", "^[0-9]{3,15}$"), _connector="OR"),
                        name="support_contact_phone_digits",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="inquiry",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["-is_urgent", "expected_at", "id"], name="inquiry_queue"
            ),
        ),
        migrations.AddIndex(
            model_name="inquiry",
            index=models.Index(fields=["customer", "-id"], name="inquiry_of_customer"),
        ),
        migrations.AddIndex(
            model_name="inquiry",
            index=models.Index(condition=models.Q(("is_unread", True)), fields=["customer"], name="inquiry_unread"),
        ),
        migrations.AddConstraint(
            model_name="inquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "answered", "closed"])), name="inquiry_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="inquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("expected_at__isnull", False), ("state", "open")),
                    models.Q(models.Q(("state", "open"), _negated=True), ("expected_at__isnull", True)),
                    _connector="OR",
                ),
                name="inquiry_expected_iff_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="inquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_urgent", False), models.Q(("callback_phone", ""), _negated=True), _connector="OR"
                ),
                name="inquiry_urgent_has_callback",
            ),
        ),
        migrations.AddConstraint(
            model_name="inquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(("number", ""), ("order__isnull", True), _connector="OR"), name="inquiry_one_subject"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(fields=("key",), name="inquiry_message_sent_once"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("is_internal", False), ("key__isnull", False), ("side", "customer")),
                    models.Q(("key__isnull", True), ("side", "operator")),
                    _connector="OR",
                ),
                name="inquiry_message_of_customer_has_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="inquiry_message_not_empty"
            ),
        ),
    ]
