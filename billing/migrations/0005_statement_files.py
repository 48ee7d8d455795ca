"""Rendered files of statements, and tokens for fetching them.

The application adds files and changes none. What is kept no longer goes by a function of the owner, which refuses what
is still due to be there.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

ERASE = """
CREATE FUNCTION public.billing_erase_statements(of_kind text, before date) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- Bills are kept for seven years (法人税法施行規則59条); call history no longer than customers reach back.
    IF of_kind IN ('invoice', 'voice') AND before > (selfcare_now() AT TIME ZONE 'Asia/Tokyo' - interval '7 years')::date
    OR of_kind = 'cdr' AND before > public.billing_oldest_month()
    OR before > (selfcare_now() AT TIME ZONE 'Asia/Tokyo')::date THEN
        RAISE EXCEPTION 'These files are still kept (% before %).', of_kind, before
        USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN QUERY DELETE FROM billing_statementfile WHERE kind = of_kind AND period < before RETURNING stored::text;
END
$$;
REVOKE ALL ON FUNCTION public.billing_erase_statements(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.billing_erase_statements(text, date) TO selfcare_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("billing", "0004_records"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DownloadToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="名前")),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("ending", models.CharField(max_length=4, verbose_name="末尾")),
                ("created_at", models.DateTimeField(verbose_name="発行日時")),
                ("expires_at", models.DateTimeField(verbose_name="有効期限")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="失効日時")),
                ("last_used_at", models.DateTimeField(blank=True, null=True, verbose_name="最終利用日時")),
                ("last_used_from", models.GenericIPAddressField(blank=True, null=True, verbose_name="最終利用元")),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="発行者",
                    ),
                ),
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
            ],
            options={
                "verbose_name": "ダウンロード用トークン",
                "verbose_name_plural": "ダウンロード用トークン",
                "indexes": [models.Index(fields=["customer", "-created_at"], name="download_token_of_customer")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("created_at"))), name="download_token_expires"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")), name="download_token_digest"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StatementFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20, verbose_name="種類")),
                ("period", models.DateField(verbose_name="対象")),
                ("encoding", models.CharField(max_length=10, verbose_name="文字コード")),
                ("stored", models.CharField(editable=False, max_length=40, unique=True)),
                ("sha256", models.CharField(max_length=64, verbose_name="ハッシュ値（SHA-256）")),
                ("size", models.BigIntegerField(verbose_name="サイズ（バイト）")),
                ("header_size", models.PositiveIntegerField(verbose_name="見出し行のサイズ")),
                ("rows", models.PositiveIntegerField(verbose_name="行数")),
                ("replaced", models.PositiveIntegerField(verbose_name="置き換えた文字数")),
                (
                    "blocks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None, verbose_name="ブロックの終わり"
                    ),
                ),
                (
                    "rendered_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="作成日時"),
                ),
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
            ],
            options={
                "verbose_name": "明細ファイル",
                "verbose_name_plural": "明細ファイル",
                "indexes": [models.Index(fields=["kind", "period"], name="statement_file_of_period")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("customer", "kind", "period", "encoding"), name="statement_file_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("encoding__in", ["utf-8", "cp932"])), name="statement_file_encoding"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="statement_file_sha256"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("stored__regex", "^[0-9a-f]{2}/[0-9a-f]{32}$")),
                        name="statement_file_stored_random",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("header_size__gt", 0), ("size__gte", models.F("header_size"))),
                        name="statement_file_has_header",
                    ),
                ],
            },
        ),
        migrations.RunSQL(ERASE, "DROP FUNCTION public.billing_erase_statements(text, date)"),
    ]
