from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("lines", "0008_sorting"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="portin",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["customer", "number", "id"], name="port_in_by_number"
            ),
        ),
        migrations.AddIndex(
            model_name="portin",
            index=models.Index(condition=models.Q(("state", "void")), fields=["customer"], name="port_in_void_of"),
        ),
    ]
