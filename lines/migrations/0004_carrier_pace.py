from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lines", "0003_fill")]
    operations = [
        migrations.AddField("carrierhealth", "paced_until", models.DateTimeField(blank=True, null=True)),
    ]
