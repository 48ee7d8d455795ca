from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("lines", "0007_labels"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="line",
            index=models.Index(fields=["customer", "sim_serial"], name="line_of_customer_by_sim"),
        ),
        migrations.AddIndex(
            model_name="line",
            index=models.Index(fields=["customer", "name", "number"], name="line_of_customer_by_name"),
        ),
        migrations.AddIndex(
            model_name="line",
            index=models.Index(fields=["customer", "carrier", "number"], name="line_of_customer_by_carrier"),
        ),
    ]
