"""Files of records, and the partitioned tables of what they bring. Django is told of those; it does not make them."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from billing.migrations import _records_sql


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("billing", "0003_closed_months"),
        ("work", "0001_functions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RecordFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("calls", "通話記録"), ("usage", "データ利用量")], max_length=10, verbose_name="種類"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="ファイル名")),
                ("stored", models.CharField(blank=True, max_length=200, verbose_name="保存名")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("size", models.BigIntegerField(verbose_name="サイズ（バイト）")),
                ("encoding", models.CharField(blank=True, max_length=10, verbose_name="文字コード")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "確認中"),
                            ("checked", "確認済み"),
                            ("approved", "取り込み中"),
                            ("loaded", "取り込み済み"),
                            ("discarded", "破棄"),
                        ],
                        default="uploaded",
                        max_length=10,
                        verbose_name="状態",
                    ),
                ),
                ("rows", models.PositiveIntegerField(blank=True, null=True, verbose_name="行数")),
                ("bad", models.PositiveIntegerField(blank=True, null=True, verbose_name="誤りのある行数")),
                ("first_day", models.DateField(blank=True, null=True, verbose_name="最初の日")),
                ("last_day", models.DateField(blank=True, null=True, verbose_name="最後の日")),
                ("summary", models.JSONField(blank=True, default=dict, verbose_name="内訳")),
                (
                    "uploaded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="登録日時"),
                ),
                ("checked_at", models.DateTimeField(blank=True, null=True, verbose_name="確認日時")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="処理日時")),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="処理者",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登録者",
                    ),
                ),
            ],
            options={
                "verbose_name": "記録ファイル",
                "verbose_name_plural": "記録ファイル",
            },
        ),
        migrations.CreateModel(
            name="BadRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.PositiveIntegerField(verbose_name="行")),
                ("column", models.CharField(blank=True, max_length=40, verbose_name="列")),
                ("reason", models.CharField(max_length=30, verbose_name="理由")),
                ("value", models.CharField(blank=True, max_length=100, verbose_name="値")),
                ("text", models.CharField(blank=True, max_length=200, verbose_name="行の内容")),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bad_rows",
                        to="billing.recordfile",
                        verbose_name="記録ファイル",
                    ),
                ),
            ],
            options={
                "verbose_name": "誤りのある行",
                "verbose_name_plural": "誤りのある行",
            },
        ),
        migrations.AddConstraint(
            model_name="recordfile",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "discarded"), _negated=True),
                fields=("kind", "sha256"),
                name="record_file_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["approved", "loaded"]), _negated=True),
                    models.Q(("bad", 0), ("checked_at__isnull", False), ("rows__gt", 0)),
                    _connector="OR",
                ),
                name="record_file_loaded_is_right",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("state__in", ["uploaded", "checked", "approved"])),
                    models.Q(("closed_at__isnull", False), ("state__in", ["loaded", "discarded"])),
                    _connector="OR",
                ),
                name="record_file_closed_says_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="badrow",
            constraint=models.UniqueConstraint(fields=("file", "line", "column", "reason"), name="bad_row_once"),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(_records_sql.TABLES, _records_sql.NO_TABLES)],
            state_operations=[
                migrations.CreateModel(
                    name="DataUsage",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "used_on", "number", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("used_on", models.DateField(verbose_name="利用日")),
                        ("number", models.CharField(db_collation="C", max_length=20, verbose_name="回線電話番号")),
                        ("bytes", models.BigIntegerField(verbose_name="データ量（バイト）")),
                        (
                            "contract",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="accounts.contract",
                                verbose_name="契約",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="accounts.customer",
                                verbose_name="契約者",
                            ),
                        ),
                        (
                            "file",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="billing.recordfile",
                                verbose_name="ファイル",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "データ利用量",
                        "verbose_name_plural": "データ利用量",
                    },
                ),
                migrations.CreateModel(
                    name="CallRecord",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "billed_month",
                                "customer_id",
                                "number",
                                "started_at",
                                "other_number",
                                "kind",
                                "direction",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("billed_month", models.DateField(verbose_name="請求対象年月")),
                        ("number", models.CharField(db_collation="C", max_length=20, verbose_name="回線電話番号")),
                        ("started_at", models.DateTimeField(verbose_name="通信開始日時")),
                        (
                            "other_number",
                            models.CharField(
                                blank=True, db_collation="C", max_length=30, verbose_name="通信先電話番号"
                            ),
                        ),
                        ("other_name", models.CharField(blank=True, max_length=60, verbose_name="通信先")),
                        ("seconds", models.PositiveIntegerField(verbose_name="通信時間（秒）")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("xi", "Xi通話"),
                                    ("other", "他社通話"),
                                    ("service", "他社接続サービス"),
                                    ("sms", "SMS"),
                                    ("international", "国際通話"),
                                    ("international_sms", "国際SMS"),
                                    ("roaming_out", "国際ローミング発信"),
                                    ("roaming_in", "国際ローミング着信"),
                                    ("roaming_sms", "国際ローミングSMS"),
                                ],
                                db_collation="C",
                                max_length=20,
                                verbose_name="通信の種類",
                            ),
                        ),
                        (
                            "direction",
                            models.CharField(
                                choices=[("out", "発信"), ("in", "着信")],
                                db_collation="C",
                                max_length=3,
                                verbose_name="発着",
                            ),
                        ),
                        (
                            "price",
                            models.DecimalField(decimal_places=2, max_digits=12, verbose_name="料金（円・税抜）"),
                        ),
                        (
                            "tax_class",
                            models.CharField(
                                choices=[
                                    ("standard", "課税（標準税率）"),
                                    ("reduced", "課税（軽減税率）"),
                                    ("export", "免税（国際通話）"),
                                    ("outside", "不課税（国際ローミング）"),
                                    ("exempt", "非課税"),
                                ],
                                max_length=10,
                                verbose_name="課税区分",
                            ),
                        ),
                        ("tax_percent", models.DecimalField(decimal_places=2, max_digits=4, verbose_name="税率（%）")),
                        (
                            "contract",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="accounts.contract",
                                verbose_name="契約",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="accounts.customer",
                                verbose_name="契約者",
                            ),
                        ),
                        (
                            "file",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="billing.recordfile",
                                verbose_name="ファイル",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "通話記録",
                        "verbose_name_plural": "通話記録",
                    },
                ),
                migrations.AddIndex(
                    model_name="datausage",
                    index=models.Index(fields=["customer", "used_on", "number"], name="data_usage_of_customer"),
                ),
            ],
        ),
        migrations.RunSQL(_records_sql.OLDEST, "DROP FUNCTION public.billing_oldest_month()"),
        migrations.RunSQL(_records_sql.PARTITIONS, _records_sql.NO_PARTITIONS),
        migrations.RunSQL(_records_sql.STAGING, _records_sql.NO_STAGING),
        migrations.RunSQL(_records_sql.GUARD, _records_sql.NO_GUARD),
    ]
