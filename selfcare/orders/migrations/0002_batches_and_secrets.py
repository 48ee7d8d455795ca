import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("orders", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OrderSecret",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="orders.order",
                    ),
                ),
                ("sealed", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("procedure", models.CharField(max_length=60, verbose_name="手続き")),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="ファイル")),
                ("count", models.PositiveIntegerField(verbose_name="件数")),
                ("session_digest", models.CharField(blank=True, max_length=64)),
                ("created_at", models.DateTimeField(verbose_name="入力日時")),
                ("expires_at", models.DateTimeField(null=True)),
                ("accepted_at", models.DateTimeField(null=True, verbose_name="申込日時")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="終了日時")),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="申込者",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="accounts.customer",
                        verbose_name="契約者",
                    ),
                ),
            ],
            options={
                "verbose_name": "一括のお申し込み",
                "verbose_name_plural": "一括のお申し込み",
            },
        ),
        migrations.AddField(
            model_name="order",
            name="batch",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders",
                to="orders.batch",
                verbose_name="一括",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("batch__isnull", False)), fields=["batch", "state"], name="order_of_batch"
            ),
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(fields=["customer", "-id"], name="batch_of_customer"),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(condition=models.Q(("count__gte", 1)), name="batch_has_orders"),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(("finished_at__isnull", True), ("accepted_at__isnull", False), _connector="OR"),
                name="batch_finished_after_accepted",
            ),
        ),
    ]
