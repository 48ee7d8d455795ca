import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_owners"),
        ("numbering", "0015_cloud_fax"),
        ("orders", "0008_approval"),
    ]

    operations = [
        migrations.AddField(
            model_name="cloudcontract",
            name="ends_on",
            field=models.DateField(blank=True, null=True, verbose_name="解約日"),
        ),
        migrations.CreateModel(
            name="Opening",
            fields=[
                (
                    "cloud",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="opening",
                        serialize=False,
                        to="numbering.cloudcontract",
                        verbose_name="契約",
                    ),
                ),
                ("reference", models.CharField(max_length=20, unique=True, verbose_name="申込番号")),
                ("basket", models.JSONField(default=dict, verbose_name="お申し込みの内容")),
                ("usable_on", models.DateField(blank=True, null=True, verbose_name="ご利用可能日")),
                ("reminded_on", models.DateField(blank=True, null=True, verbose_name="最後にお知らせした日")),
                ("reminders", models.PositiveSmallIntegerField(default=0, verbose_name="お知らせした回数")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="契約者",
                    ),
                ),
            ],
            options={
                "verbose_name": "契約の開始",
                "verbose_name_plural": "契約の開始",
            },
        ),
        migrations.CreateModel(
            name="PortOrigin",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=20, unique=True, verbose_name="コード")),
                ("words", models.CharField(max_length=80, verbose_name="番号を取得した電話サービス")),
                ("help", models.CharField(blank=True, max_length=200, verbose_name="説明")),
                ("movable_from", models.DateField(verbose_name="移行できる最初の日")),
                ("movable_until", models.DateField(blank=True, null=True, verbose_name="移行できる最後の日")),
                ("order", models.PositiveSmallIntegerField(default=100, verbose_name="並び順")),
            ],
            options={
                "verbose_name": "番号ポータビリティの対象",
                "verbose_name_plural": "番号ポータビリティの対象",
                "ordering": ("order", "code"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("movable_until__isnull", True),
                            ("movable_until__gte", models.F("movable_from")),
                            _connector="OR",
                        ),
                        name="port_origin_ends_after_start",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CloudPortIn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digits", models.CharField(max_length=15, verbose_name="移行する電話番号")),
                ("carrier", models.CharField(max_length=60, verbose_name="現在の電話会社")),
                ("holder", models.CharField(max_length=120, verbose_name="現在の契約者名")),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("applied", "申込"),
                            ("possible", "可否確認済み"),
                            ("dated", "工事日決定"),
                            ("switched", "切替済み"),
                            ("refused", "移行不可"),
                            ("withdrawn", "取りやめ"),
                        ],
                        default="applied",
                        max_length=10,
                        verbose_name="進み具合",
                    ),
                ),
                ("applied_on", models.DateField(verbose_name="申込日")),
                ("possible_on", models.DateField(blank=True, null=True, verbose_name="可否確認日")),
                ("construction_on", models.DateField(blank=True, null=True, verbose_name="工事日")),
                ("switched_on", models.DateField(blank=True, null=True, verbose_name="切替日")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="取りやめ・移行不可の日")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="移行できない理由")),
                (
                    "cloud",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="port_ins",
                        to="numbering.cloudcontract",
                        verbose_name="契約",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="契約者",
                    ),
                ),
                (
                    "order",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cloud_port_in",
                        to="orders.order",
                        verbose_name="お申し込み",
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="numbering.portorigin",
                        verbose_name="番号を取得した電話サービス",
                    ),
                ),
            ],
            options={
                "verbose_name": "クラウド電話の番号ポータビリティ",
                "verbose_name_plural": "クラウド電話の番号ポータビリティ",
            },
        ),
        migrations.AddConstraint(
            model_name="opening",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reminded_on__isnull", True), ("reminders", 0)),
                    models.Q(("reminded_on__isnull", False), ("reminders__gt", 0)),
                    _connector="OR",
                ),
                name="opening_reminded_iff_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="cloudportin",
            constraint=models.UniqueConstraint(
                condition=models.Q(("step__in", ["applied", "possible", "dated"])),
                fields=("digits",),
                name="cloud_port_in_number_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="cloudportin",
            constraint=models.UniqueConstraint(
                condition=models.Q(("step__in", ["applied", "possible", "dated"])),
                fields=("cloud",),
                name="cloud_port_in_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="cloudportin",
            constraint=models.CheckConstraint(
                condition=models.Q(("digits__regex", "^0[0-9]{8,10}$")), name="cloud_port_in_digits"
            ),
        ),
        migrations.AddConstraint(
            model_name="cloudportin",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(("step", "possible"), _negated=True), ("possible_on__isnull", False), _connector="OR"
                    ),
                    models.Q(
                        models.Q(("step", "dated"), _negated=True),
                        models.Q(("construction_on__isnull", False), ("possible_on__isnull", False)),
                        _connector="OR",
                    ),
                    models.Q(
                        models.Q(("step", "switched"), _negated=True), ("switched_on__isnull", False), _connector="OR"
                    ),
                    models.Q(
                        models.Q(("step__in", ["refused", "withdrawn"]), _negated=True),
                        ("ended_on__isnull", False),
                        _connector="OR",
                    ),
                ),
                name="cloud_port_in_step_has_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="cloudportin",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("step", "refused"), _negated=True), ("reason__gt", ""), _connector="OR"),
                name="cloud_port_in_refused_has_reason",
            ),
        ),
    ]
