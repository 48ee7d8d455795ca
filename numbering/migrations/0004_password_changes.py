import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("numbering", "0003_claim"),
        ("orders", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="credential",
            name="drop_after",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="credential",
            name="dropped_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="credential",
            name="order",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.order",
            ),
        ),
        migrations.AddField(
            model_name="credential",
            name="replaces",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="numbering.credential",
            ),
        ),
        migrations.AddIndex(
            model_name="credential",
            index=models.Index(
                condition=models.Q(("order__isnull", False)), fields=["order"], name="credential_of_order"
            ),
        ),
        migrations.AddIndex(
            model_name="credential",
            index=models.Index(
                condition=models.Q(("replaces__isnull", False)), fields=["replaces"], name="credential_replaces"
            ),
        ),
        migrations.AddIndex(
            model_name="credential",
            index=models.Index(
                models.Func(models.F("live"), function="upper", output_field=models.DateTimeField()),
                condition=models.Q(("dropped_at__isnull", True), ("live__upper_inf", False)),
                name="credential_to_drop",
            ),
        ),
    ]
