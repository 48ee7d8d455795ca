"""Lists of lines and of their usage, as they were; and the trigger that keeps a line's past for them."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from lines.migrations._past_sql import KEEP, KEEP_NOT


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("lines", "0009_port_in_lists"),
    ]

    operations = [
        migrations.AddField(
            model_name="plan",
            name="has_cap",
            field=models.BooleanField(db_default=True, default=True, verbose_name="データ量の上限あり"),
        ),
        migrations.CreateModel(
            name="CustomerUsage",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "day", "customer_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField(verbose_name="集計対象日")),
                (
                    "bytes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(null=True), size=None, verbose_name="データ利用量（バイト）"
                    ),
                ),
                ("cap", models.BigIntegerField(null=True, verbose_name="プラン基準データ量の合計")),
                (
                    "capped_bytes",
                    models.BigIntegerField(default=0, verbose_name="基準データ量のある回線のデータ利用量"),
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
            ],
            options={
                "verbose_name": "契約者のデータ利用量",
                "verbose_name_plural": "契約者のデータ利用量",
            },
        ),
        migrations.CreateModel(
            name="LineDay",
            fields=[
                ("number", models.CharField(blank=True, db_collation="C", max_length=14, verbose_name="回線電話番号")),
                ("sim_serial", models.CharField(db_collation="C", max_length=20, verbose_name="SIM製造番号")),
                ("product", models.CharField(blank=True, max_length=20, verbose_name="出荷時商品コード")),
                ("plan", models.CharField(blank=True, max_length=20, verbose_name="プランコード")),
                (
                    "carrier",
                    models.CharField(
                        choices=[("docomo", "docomo"), ("softbank", "SoftBank")],
                        max_length=10,
                        verbose_name="キャリア種別",
                    ),
                ),
                (
                    "sim_kind",
                    models.CharField(
                        blank=True,
                        choices=[("data", "データ"), ("sms", "SMS"), ("voice", "音声")],
                        max_length=10,
                        verbose_name="SIM種別",
                    ),
                ),
                (
                    "sim_size",
                    models.CharField(
                        choices=[
                            ("standard", "標準"),
                            ("micro", "マイクロ"),
                            ("nano", "ナノ"),
                            ("multi", "マルチ"),
                            ("esim", "eSIM"),
                        ],
                        max_length=10,
                        verbose_name="SIMサイズ",
                    ),
                ),
                ("shipped_on", models.DateField(blank=True, null=True, verbose_name="出荷日")),
                ("opened_on", models.DateField(blank=True, null=True, verbose_name="利用開始日")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="利用終了予定日")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("unopened", "未開通"),
                            ("active", "利用中"),
                            ("suspended", "中断中"),
                            ("terminated", "解約済"),
                        ],
                        max_length=12,
                        verbose_name="SIMステータス",
                    ),
                ),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "day",
                        "customer_id",
                        "number",
                        "sim_serial",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField(verbose_name="集計対象日")),
                ("line_id", models.BigIntegerField(null=True)),
                ("cap", models.BigIntegerField(null=True, verbose_name="プラン基準データ量")),
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
            ],
            options={
                "verbose_name": "日次保有回線",
                "verbose_name_plural": "日次保有回線",
            },
        ),
        migrations.CreateModel(
            name="LineMonth",
            fields=[
                ("number", models.CharField(blank=True, db_collation="C", max_length=14, verbose_name="回線電話番号")),
                ("sim_serial", models.CharField(db_collation="C", max_length=20, verbose_name="SIM製造番号")),
                ("product", models.CharField(blank=True, max_length=20, verbose_name="出荷時商品コード")),
                ("plan", models.CharField(blank=True, max_length=20, verbose_name="プランコード")),
                (
                    "carrier",
                    models.CharField(
                        choices=[("docomo", "docomo"), ("softbank", "SoftBank")],
                        max_length=10,
                        verbose_name="キャリア種別",
                    ),
                ),
                (
                    "sim_kind",
                    models.CharField(
                        blank=True,
                        choices=[("data", "データ"), ("sms", "SMS"), ("voice", "音声")],
                        max_length=10,
                        verbose_name="SIM種別",
                    ),
                ),
                (
                    "sim_size",
                    models.CharField(
                        choices=[
                            ("standard", "標準"),
                            ("micro", "マイクロ"),
                            ("nano", "ナノ"),
                            ("multi", "マルチ"),
                            ("esim", "eSIM"),
                        ],
                        max_length=10,
                        verbose_name="SIMサイズ",
                    ),
                ),
                ("shipped_on", models.DateField(blank=True, null=True, verbose_name="出荷日")),
                ("opened_on", models.DateField(blank=True, null=True, verbose_name="利用開始日")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="利用終了予定日")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("unopened", "未開通"),
                            ("active", "利用中"),
                            ("suspended", "中断中"),
                            ("terminated", "解約済"),
                        ],
                        max_length=12,
                        verbose_name="SIMステータス",
                    ),
                ),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "month",
                        "customer_id",
                        "number",
                        "sim_serial",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("month", models.DateField(verbose_name="集計対象月")),
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
            ],
            options={
                "verbose_name": "月次保有回線",
                "verbose_name_plural": "月次保有回線",
            },
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("day", "日次保有回線一覧"),
                            ("month", "月次保有回線一覧"),
                            ("usage", "データ利用量"),
                            ("usage-month", "データ利用量（月計）"),
                        ],
                        max_length=12,
                        verbose_name="種別",
                    ),
                ),
                ("period", models.DateField(verbose_name="集計対象")),
                (
                    "taken_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="作成日時"),
                ),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="行数")),
            ],
            options={
                "verbose_name": "保有回線の集計",
                "verbose_name_plural": "保有回線の集計",
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "period"), name="line_snapshot_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ["month", "usage-month"]), _negated=True),
                            ("period__day", 1),
                            _connector="OR",
                        ),
                        name="line_snapshot_month_is_first",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UsageMonth",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "month", "customer_id", "number", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("month", models.DateField(verbose_name="対象月")),
                ("number", models.CharField(db_collation="C", max_length=14, verbose_name="回線電話番号")),
                ("bytes", models.BigIntegerField(verbose_name="データ利用量（バイト）")),
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
            ],
            options={
                "verbose_name": "月間データ利用量",
                "verbose_name_plural": "月間データ利用量",
            },
        ),
        migrations.CreateModel(
            name="LinePast",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(blank=True, db_collation="C", max_length=14, verbose_name="回線電話番号")),
                ("sim_serial", models.CharField(db_collation="C", max_length=20, verbose_name="SIM製造番号")),
                ("product", models.CharField(blank=True, max_length=20, verbose_name="出荷時商品コード")),
                ("plan", models.CharField(blank=True, max_length=20, verbose_name="プランコード")),
                (
                    "carrier",
                    models.CharField(
                        choices=[("docomo", "docomo"), ("softbank", "SoftBank")],
                        max_length=10,
                        verbose_name="キャリア種別",
                    ),
                ),
                (
                    "sim_kind",
                    models.CharField(
                        blank=True,
                        choices=[("data", "データ"), ("sms", "SMS"), ("voice", "音声")],
                        max_length=10,
                        verbose_name="SIM種別",
                    ),
                ),
                (
                    "sim_size",
                    models.CharField(
                        choices=[
                            ("standard", "標準"),
                            ("micro", "マイクロ"),
                            ("nano", "ナノ"),
                            ("multi", "マルチ"),
                            ("esim", "eSIM"),
                        ],
                        max_length=10,
                        verbose_name="SIMサイズ",
                    ),
                ),
                ("shipped_on", models.DateField(blank=True, null=True, verbose_name="出荷日")),
                ("opened_on", models.DateField(blank=True, null=True, verbose_name="利用開始日")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="利用終了予定日")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("unopened", "未開通"),
                            ("active", "利用中"),
                            ("suspended", "中断中"),
                            ("terminated", "解約済"),
                        ],
                        max_length=12,
                        verbose_name="SIMステータス",
                    ),
                ),
                ("line_id", models.BigIntegerField()),
                ("changed_at", models.DateTimeField(verbose_name="変更日時")),
                ("contract_id", models.BigIntegerField()),
                ("provisional_number", models.CharField(blank=True, max_length=14, verbose_name="仮電話番号")),
                ("next_plan", models.CharField(blank=True, max_length=20, verbose_name="変更後のプランコード")),
                ("next_plan_on", models.DateField(blank=True, null=True, verbose_name="プランの変更日")),
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
            ],
            options={
                "verbose_name": "回線の履歴",
                "verbose_name_plural": "回線の履歴",
                "indexes": [models.Index(fields=["changed_at"], name="line_past_changed")],
            },
        ),
        migrations.CreateModel(
            name="LineUsage",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "day",
                        "customer_id",
                        "number",
                        "sim_serial",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField(verbose_name="集計対象日")),
                ("number", models.CharField(db_collation="C", max_length=14, verbose_name="回線電話番号")),
                ("sim_serial", models.CharField(db_collation="C", max_length=20, verbose_name="SIM製造番号")),
                ("line_id", models.BigIntegerField()),
                ("plan", models.CharField(blank=True, max_length=20, verbose_name="プランコード")),
                ("cap", models.BigIntegerField(null=True, verbose_name="プラン基準データ量")),
                (
                    "bytes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(null=True), size=None, verbose_name="データ利用量（バイト）"
                    ),
                ),
                ("month_bytes", models.BigIntegerField(default=0, verbose_name="前月の合計（バイト）")),
                ("share", models.BigIntegerField(null=True, verbose_name="基準データ量に対する割合")),
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
            ],
            options={
                "verbose_name": "回線のデータ利用量",
                "verbose_name_plural": "回線のデータ利用量",
                "indexes": [
                    models.Index(
                        condition=models.Q(("share__gt", 0)),
                        fields=["day", "customer", "-share"],
                        name="line_usage_top",
                    )
                ],
            },
        ),
        migrations.RunSQL(KEEP, KEEP_NOT),
    ]
