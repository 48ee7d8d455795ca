from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("orders", "0005_special_days"),
    ]

    operations = [
        # The history in the order of acceptance, with what filters it: found and counted from the index alone.
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["customer", "-accepted_at", "-id", "state", "procedure", "contract", "actor"],
                name="order_of_customer",
                condition=models.Q(("accepted_at__isnull", False)),
            ),
        ),
        # It was the same by id, which drafts that live for days put in the wrong place.
        migrations.RemoveIndex(model_name="order", name="order_history"),
    ]
