from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lines", "0004_carrier_pace")]
    operations = [
        migrations.AddIndex(
            "carrierorder",
            models.Index(
                condition=models.Q(("stage__in", ["waiting", "asked"])),
                fields=["carrier", "next_at", "id"],
                name="carrier_due_of",
            ),
        ),
        migrations.RemoveIndex("carrierorder", "carrier_due"),
    ]
