import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_owners"),
        ("documents", "0002_holders"),
        ("numbering", "0014_cloud_settings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FaxForwarding",
            fields=[
                (
                    "number",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="fax_forwarding",
                        serialize=False,
                        to="numbering.cloudnumber",
                        verbose_name="FAX番号",
                    ),
                ),
                (
                    "addresses",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.EmailField(max_length=254),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="お知らせのみの宛先",
                    ),
                ),
                (
                    "attached",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.EmailField(max_length=254),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="PDFを添付する宛先",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="契約者",
                    ),
                ),
            ],
            options={
                "verbose_name": "FAXのお知らせ先",
                "verbose_name_plural": "FAXのお知らせ先",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("attached__overlap", models.F("addresses")), _negated=True),
                        name="fax_forwarding_one_way_each",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FaxReceived",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("gateway_id", models.CharField(editable=False, max_length=60, unique=True)),
                ("sender", models.CharField(blank=True, max_length=15, verbose_name="発信元")),
                ("pages", models.PositiveSmallIntegerField(default=1, verbose_name="ページ数")),
                (
                    "state",
                    models.CharField(
                        choices=[("announced", "取り込み中"), ("ready", "受信済"), ("refused", "表示できません")],
                        default="announced",
                        max_length=10,
                        verbose_name="状態",
                    ),
                ),
                ("is_read", models.BooleanField(default=False, verbose_name="既読")),
                ("arrived_at", models.DateTimeField(verbose_name="受信日時")),
                ("next_at", models.DateTimeField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("lease_token", models.UUIDField(null=True)),
                ("tries", models.PositiveIntegerField(default=0)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="契約者",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.document",
                        verbose_name="ファイル",
                    ),
                ),
                (
                    "number",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="faxes_received",
                        to="numbering.cloudnumber",
                        verbose_name="FAX番号",
                    ),
                ),
            ],
            options={
                "verbose_name": "受信FAX",
                "verbose_name_plural": "受信FAX",
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_at__isnull", False)), fields=["next_at"], name="fax_received_due"
                    ),
                    models.Index(fields=["number", "-id"], name="fax_received_of_number"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("document__isnull", False), ("next_at__isnull", True), ("state", "ready")),
                            models.Q(("document__isnull", True), ("next_at__isnull", True), ("state", "refused")),
                            models.Q(("document__isnull", True), ("next_at__isnull", False), ("state", "announced")),
                            _connector="OR",
                        ),
                        name="fax_received_ready_has_file",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FaxSent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("to", models.CharField(max_length=15, verbose_name="宛先")),
                ("text", models.TextField(blank=True, verbose_name="本文")),
                (
                    "state",
                    models.CharField(
                        choices=[("queued", "送信待ち"), ("sending", "送信中"), ("sent", "送信済"), ("failed", "失敗")],
                        default="queued",
                        max_length=10,
                        verbose_name="状態",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=60, verbose_name="失敗の理由")),
                ("pages", models.PositiveSmallIntegerField(null=True, verbose_name="ページ数")),
                ("attempt_no", models.PositiveSmallIntegerField(default=1, verbose_name="送信回数")),
                ("created_at", models.DateTimeField(verbose_name="受付日時")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="完了日時")),
                ("next_at", models.DateTimeField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("lease_token", models.UUIDField(null=True)),
                ("tries", models.PositiveIntegerField(default=0)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="契約者",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.document",
                        verbose_name="ファイル",
                    ),
                ),
                (
                    "number",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="faxes_sent",
                        to="numbering.cloudnumber",
                        verbose_name="FAX番号",
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="送信者",
                    ),
                ),
            ],
            options={
                "verbose_name": "送信FAX",
                "verbose_name_plural": "送信FAX",
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_at__isnull", False)), fields=["next_at"], name="fax_sent_due"
                    ),
                    models.Index(fields=["number", "-id"], name="fax_sent_of_number"),
                    models.Index(fields=["customer", "-created_at"], name="fax_sent_of_customer"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("document__isnull", False), ("text", "")),
                            models.Q(models.Q(("text", ""), _negated=True), ("document__isnull", True)),
                            _connector="OR",
                        ),
                        name="fax_sent_is_text_or_file",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at__isnull", False),
                                ("next_at__isnull", True),
                                ("state__in", ["sent", "failed"]),
                            ),
                            models.Q(
                                ("ended_at__isnull", True),
                                ("next_at__isnull", False),
                                ("state__in", ["queued", "sending"]),
                            ),
                            _connector="OR",
                        ),
                        name="fax_sent_ended_iff_over",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("to__regex", "^0[0-9]{9,14}$")), name="fax_sent_to_digits"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FaxForwarded",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(editable=False)),
                ("to", models.EmailField(max_length=254, verbose_name="転送先")),
                ("created_at", models.DateTimeField(verbose_name="転送日時")),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="契約者",
                    ),
                ),
                (
                    "fax",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="forwarded",
                        to="numbering.faxreceived",
                        verbose_name="受信FAX",
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="転送した人",
                    ),
                ),
            ],
            options={
                "verbose_name": "転送したFAX",
                "verbose_name_plural": "転送したFAX",
                "constraints": [
                    models.UniqueConstraint(fields=("fax", "key", "to"), name="fax_forwarded_once"),
                ],
            },
        ),
    ]
