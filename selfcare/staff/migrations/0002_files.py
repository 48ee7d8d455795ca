"""Uploads know whose and what they are; lists that are written by a worker."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("staff", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # Uploads of before do not say whose they are; whoever waited for a preview uploads the file again.
        migrations.DeleteModel(name="ImportFile"),
        migrations.CreateModel(
            name="ImportFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("noun", models.CharField(max_length=80)),
                ("name", models.CharField(max_length=120)),
                ("content", models.BinaryField()),
                ("sha256", models.CharField(max_length=64)),
                ("seen", models.CharField(blank=True, max_length=64)),
                ("created_at", models.DateTimeField()),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["created_at"], name="import_file_created")]},
        ),
        migrations.CreateModel(
            name="ExportFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("noun", models.CharField(max_length=80, verbose_name="内容")),
                ("query", models.CharField(blank=True, max_length=2000, verbose_name="絞り込み")),
                (
                    "kind",
                    models.CharField(choices=[("csv", "CSV"), ("xlsx", "Excel")], max_length=4, verbose_name="形式"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "作成中"),
                            ("ready", "作成済"),
                            ("failed", "作成できませんでした"),
                            ("expired", "期限切れ"),
                        ],
                        default="waiting",
                        max_length=8,
                        verbose_name="状態",
                    ),
                ),
                ("rows", models.PositiveIntegerField(blank=True, null=True, verbose_name="行数")),
                ("size", models.PositiveBigIntegerField(blank=True, null=True, verbose_name="大きさ")),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("stored", models.CharField(blank=True, max_length=120)),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="作成できない理由")),
                ("created_at", models.DateTimeField(verbose_name="依頼日時")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="作成日時")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="保存期限")),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="依頼したオペレーター",
                    ),
                ),
            ],
            options={
                "verbose_name": "出力ファイル",
                "verbose_name_plural": "出力ファイル",
                "indexes": [
                    models.Index(fields=["operator", "-id"], name="export_file_of_operator"),
                    models.Index(
                        condition=models.Q(("state", "ready")), fields=["expires_at"], name="export_file_expiring"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("expires_at__isnull", False),
                                ("rows__isnull", False),
                                ("size__isnull", False),
                                ("state", "ready"),
                                models.Q(("stored", ""), _negated=True),
                            ),
                            models.Q(models.Q(("state", "ready"), _negated=True), ("stored", "")),
                            _connector="OR",
                        ),
                        name="export_file_ready_has_file",
                    )
                ],
            },
        ),
    ]
