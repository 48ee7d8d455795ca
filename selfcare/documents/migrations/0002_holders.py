"""Documents of what is no order: applications before there is a customer, messages of inquiries."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0001_initial"),
        ("accounts", "0001_initial"),
        ("orders", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="document",
            name="holder",
            field=models.CharField(default="", editable=False, max_length=100, verbose_name="添付先"),
        ),
        migrations.AlterField(
            model_name="document",
            name="customer",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="documents",
                to="accounts.customer",
                verbose_name="契約者",
            ),
        ),
        migrations.AlterField(
            model_name="document",
            name="order",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="documents",
                to="orders.order",
                verbose_name="お申し込み",
            ),
        ),
        migrations.AlterField(
            model_name="document",
            name="uploaded_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="送信者",
            ),
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(fields=["holder"], name="document_of_holder", opclasses=["varchar_pattern_ops"]),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("holder", ""), ("order__isnull", False)),
                    models.Q(("holder__regex", "^[a-z][a-z_]*:[0-9A-Za-z-]{1,60}$"), ("order__isnull", True)),
                    _connector="OR",
                ),
                name="document_order_or_holder",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("order__isnull", True),
                    models.Q(("customer__isnull", False), ("uploaded_by__isnull", False)),
                    _connector="OR",
                ),
                name="document_of_order_by_somebody",
            ),
        ),
    ]
