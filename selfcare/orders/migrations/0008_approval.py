import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_owners"),
        ("orders", "0007_held_in_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ApprovalRule",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="approval_rule",
                        serialize=False,
                        to="accounts.customer",
                        verbose_name="契約者",
                    ),
                ),
                ("is_on", models.BooleanField(default=False, verbose_name="承認を使う")),
                ("finals", models.BooleanField(default=False, verbose_name="元に戻せない手続き")),
                ("procedures", models.JSONField(default=list, verbose_name="手続き")),
                ("over_count", models.PositiveIntegerField(blank=True, null=True, verbose_name="番号・回線の数")),
                ("over_yen", models.PositiveIntegerField(blank=True, null=True, verbose_name="金額")),
                (
                    "approvers",
                    models.CharField(
                        choices=[("viewer", "閲覧者"), ("member", "担当者"), ("owner", "管理者")],
                        default="member",
                        max_length=10,
                        verbose_name="承認する人",
                    ),
                ),
                ("updated_at", models.DateTimeField(verbose_name="更新日時")),
            ],
            options={
                "verbose_name": "承認ルール",
                "verbose_name_plural": "承認ルール",
            },
        ),
        migrations.AddField(
            model_name="batch",
            name="approval",
            field=models.CharField(
                blank=True,
                choices=[
                    ("waiting", "承認待ち"),
                    ("approved", "承認済"),
                    ("refused", "却下"),
                    ("withdrawn", "取消済"),
                    ("expired", "期限切れ"),
                ],
                max_length=10,
                verbose_name="承認",
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="asked",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="batch",
            name="decided_at",
            field=models.DateTimeField(null=True, verbose_name="承認の終了日時"),
        ),
        migrations.AddField(
            model_name="batch",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="承認者",
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="reason",
            field=models.TextField(blank=True, verbose_name="理由"),
        ),
        migrations.AddField(
            model_name="batch",
            name="requested_at",
            field=models.DateTimeField(null=True, verbose_name="承認を求めた日時"),
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(
                condition=models.Q(("approval", "waiting")), fields=["customer", "id"], name="batch_approval"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("phase", "approval"), ("state", "pending")),
                fields=["customer", "id"],
                name="order_approval",
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(("approval__in", ["", "waiting", "approved", "refused", "withdrawn", "expired"])),
                name="batch_approval_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approval", ""), ("decided_at__isnull", True), ("requested_at__isnull", True)),
                    models.Q(
                        ("accepted_at__isnull", True),
                        ("approval", "waiting"),
                        ("decided_at__isnull", True),
                        ("expires_at__isnull", False),
                        ("requested_at__isnull", False),
                    ),
                    models.Q(
                        ("approval__in", ["approved", "refused", "withdrawn", "expired"]),
                        ("decided_at__isnull", False),
                        ("requested_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="batch_approval_complete",
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("approval", "waiting"), models.Q(("digest", ""), _negated=True)),
                fields=("customer", "digest"),
                name="batch_once_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("phase", "approval"), ("state", "pending"), _negated=True),
                    ("expires_at__isnull", False),
                    _connector="OR",
                ),
                name="order_approval_expires",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("approvers__in", ["member", "owner"])), name="approval_rule_by_who_orders"
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_on", False),
                    ("finals", True),
                    models.Q(("procedures", []), _negated=True),
                    ("over_count__isnull", False),
                    ("over_yen__isnull", False),
                    _connector="OR",
                ),
                name="approval_rule_wants_something",
            ),
        ),
    ]
