"""The PDFs of bills."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0005_statement_files"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="InvoiceFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("revision", models.PositiveSmallIntegerField(default=0, verbose_name="再発行の回数")),
                ("stored", models.CharField(editable=False, max_length=60, unique=True)),
                ("sha256", models.CharField(max_length=64, verbose_name="ハッシュ値（SHA-256）")),
                ("size", models.PositiveIntegerField(verbose_name="サイズ（バイト）")),
                ("pages", models.PositiveIntegerField(verbose_name="ページ数")),
                ("reason", models.CharField(blank=True, max_length=400, verbose_name="再発行の理由")),
                (
                    "rendered_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="作成日時"),
                ),
                (
                    "bill",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoice_files",
                        to="billing.bill",
                        verbose_name="請求",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="再発行者",
                    ),
                ),
            ],
            options={
                "verbose_name": "請求書のファイル",
                "verbose_name_plural": "請求書のファイル",
                "constraints": [
                    models.UniqueConstraint(fields=("bill", "revision"), name="invoice_file_once"),
                    models.CheckConstraint(
                        condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="invoice_file_sha256"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("pages__gt", 0), ("size__gt", 0)), name="invoice_file_has_content"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("stored__regex", r"^invoices/[0-9a-f]{2}/[0-9a-f]{32}\.pdf$")),
                        name="invoice_file_stored_random",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("made_by__isnull", True), ("reason", ""), ("revision", 0)),
                            models.Q(
                                ("made_by__isnull", False),
                                ("revision__gt", 0),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="invoice_file_reissued_by_somebody",
                    ),
                ],
            },
        ),
    ]
