"""Acceptance hours as data, and the first of them: mobile lines by day; indexes of the page of what is to come."""

from django.db import migrations, models

# Around the clock for everything else, which is its procedures' own default.
FIRST = """
INSERT INTO orders_acceptancehours (function, opens, closes)
SELECT function, '09:00', '20:00'
FROM unnest(ARRAY[
    'lines.status', 'lines.voice_options', 'lines.plan', 'lines.sim_reissue', 'lines.mnp_in', 'lines.mnp_out',
    'lines.terminate'
]) AS function
WHERE NOT EXISTS (SELECT FROM orders_acceptancehours)
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_batches_and_secrets")]

    operations = [
        migrations.CreateModel(
            name="AcceptanceHours",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("function", models.CharField(max_length=60, unique=True, verbose_name="機能")),
                ("opens", models.TimeField(verbose_name="受付開始")),
                ("closes", models.TimeField(verbose_name="受付終了")),
            ],
            options={
                "verbose_name": "受付時間",
                "verbose_name_plural": "受付時間",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("closes__second", 0), ("opens__second", 0)),
                        name="acceptance_hours_whole_minutes",
                    )
                ],
            },
        ),
        migrations.RunSQL(FIRST, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ["acknowledged", "held", "in_progress", "pending"]), ("batch__isnull", True)
                ),
                fields=["customer", "due_at", "id"],
                name="order_coming",
            ),
        ),
        migrations.RemoveIndex(model_name="order", name="order_of_batch"),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("batch__isnull", False)), fields=["batch", "state", "due_at"], name="order_of_batch"
            ),
        ),
    ]
