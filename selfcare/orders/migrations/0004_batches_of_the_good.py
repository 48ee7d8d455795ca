import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("orders", "0003_hours"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BatchRefusal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(blank=True, max_length=100)),
                ("typed", models.TextField(blank=True)),
                ("reason", models.TextField()),
            ],
        ),
        migrations.AddField(
            model_name="batch",
            name="accepting",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="batch",
            name="agreed",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="batch",
            name="back",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="batch",
            name="digest",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(condition=models.Q(("accepting", True)), fields=["id"], name="batch_accepting"),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("accepting", False),
                    models.Q(("accepted_at__isnull", False), ("finished_at__isnull", True)),
                    _connector="OR",
                ),
                name="batch_accepting_between",
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("accepted_at__isnull", False),
                    ("finished_at__isnull", True),
                    models.Q(("digest", ""), _negated=True),
                ),
                fields=("customer", "digest"),
                name="batch_once_open",
            ),
        ),
        migrations.AddField(
            model_name="batchrefusal",
            name="batch",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="refusals", to="orders.batch"
            ),
        ),
        migrations.AddField(
            model_name="batchrefusal",
            name="order",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="refusal", to="orders.order"
            ),
        ),
        migrations.AddIndex(
            model_name="batchrefusal",
            index=models.Index(fields=["batch", "id"], name="refusal_of_batch"),
        ),
    ]
