"""How contracts pay: methods, cards at the provider, payments, charges, and the ledger."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_owners"),
        ("billing", "0009_closed_for_good"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PaymentMethod",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("holder", models.CharField(blank=True, max_length=80, verbose_name="申込")),
                (
                    "kind",
                    models.CharField(
                        choices=[("transfer", "銀行振込"), ("debit", "口座振替"), ("card", "クレジットカード")],
                        max_length=10,
                        verbose_name="支払方法",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "手続き中"), ("active", "登録済"), ("ended", "取消済")],
                        max_length=10,
                        verbose_name="状態",
                    ),
                ),
                ("from_month", models.DateField(blank=True, null=True, verbose_name="適用開始の請求月")),
                ("card_token", models.CharField(blank=True, editable=False, max_length=80)),
                ("card_brand", models.CharField(blank=True, max_length=20, verbose_name="カードブランド")),
                ("card_last4", models.CharField(blank=True, max_length=4, verbose_name="カード番号の下4桁")),
                ("card_expires_on", models.DateField(blank=True, null=True, verbose_name="カードの有効期限")),
                ("expiry_told_at", models.DateTimeField(blank=True, null=True, verbose_name="有効期限のお知らせ")),
                ("account", models.CharField(blank=True, max_length=120, verbose_name="引落口座")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="理由")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="登録日時"),
                ),
                ("changed_at", models.DateTimeField(blank=True, null=True, verbose_name="変更日時")),
                (
                    "contract",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payment_methods",
                        to="accounts.contract",
                        verbose_name="契約",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="契約者",
                    ),
                ),
            ],
            options={
                "verbose_name": "お支払い方法",
                "verbose_name_plural": "お支払い方法",
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("transfer", "銀行振込"), ("debit", "口座振替"), ("card", "クレジットカード")],
                        max_length=10,
                        verbose_name="支払方法",
                    ),
                ),
                ("amount", models.PositiveBigIntegerField(verbose_name="請求金額")),
                ("due_on", models.DateField(verbose_name="お支払い日")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "お支払い日前"),
                            ("charging", "決済処理中"),
                            ("refused", "お支払い未完了"),
                            ("awaiting", "ご入金待ち"),
                            ("paid", "お支払い済み"),
                            ("held", "確認中"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="状態",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="理由")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="登録日時"),
                ),
                ("paid_at", models.DateTimeField(blank=True, null=True, verbose_name="お支払い日時")),
                (
                    "bill",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payment",
                        to="billing.bill",
                        verbose_name="請求",
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.contract",
                        verbose_name="契約",
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
                (
                    "method",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.paymentmethod",
                        verbose_name="お支払い方法",
                    ),
                ),
            ],
            options={
                "verbose_name": "お支払い",
                "verbose_name_plural": "お支払い",
            },
        ),
        migrations.CreateModel(
            name="CardRegistration",
            fields=[
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("holder", models.CharField(blank=True, max_length=80, verbose_name="申込")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "手続き中"),
                            ("passed", "登録済"),
                            ("refused", "利用不可"),
                            ("expired", "未完了"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="状態",
                    ),
                ),
                ("back_to", models.CharField(max_length=300)),
                (
                    "provider_id",
                    models.CharField(
                        blank=True, max_length=80, null=True, unique=True, verbose_name="決済代行会社の番号"
                    ),
                ),
                ("page", models.CharField(blank=True, max_length=500)),
                ("reason", models.CharField(blank=True, max_length=60, verbose_name="理由")),
                ("card_token", models.CharField(blank=True, editable=False, max_length=80)),
                ("card_brand", models.CharField(blank=True, max_length=20, verbose_name="カードブランド")),
                ("card_last4", models.CharField(blank=True, max_length=4, verbose_name="カード番号の下4桁")),
                ("card_expires_on", models.DateField(blank=True, null=True, verbose_name="カードの有効期限")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="開始日時"),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="終了日時")),
                (
                    "contract",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.contract",
                        verbose_name="契約",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="契約者",
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="操作者",
                    ),
                ),
                (
                    "method",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="registration",
                        to="billing.paymentmethod",
                        verbose_name="お支払い方法",
                    ),
                ),
            ],
            options={
                "verbose_name": "カードの登録手続き",
                "verbose_name_plural": "カードの登録手続き",
            },
        ),
        migrations.CreateModel(
            name="CardCharge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("round", models.PositiveSmallIntegerField(verbose_name="回数")),
                ("key", models.CharField(max_length=60, unique=True, verbose_name="決済番号")),
                ("amount", models.PositiveBigIntegerField(verbose_name="金額")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "処理中"), ("paid", "決済済"), ("refused", "利用不可"), ("held", "確認中")],
                        default="open",
                        max_length=10,
                        verbose_name="状態",
                    ),
                ),
                (
                    "provider_id",
                    models.CharField(
                        blank=True, max_length=80, null=True, unique=True, verbose_name="決済代行会社の番号"
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=60, verbose_name="理由")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="登録日時"),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="終了日時")),
                ("next_at", models.DateTimeField(blank=True, null=True, verbose_name="次の確認")),
                ("lease_until", models.DateTimeField(blank=True, null=True, verbose_name="処理中の期限")),
                ("lease_token", models.UUIDField(blank=True, null=True)),
                ("attempt", models.PositiveIntegerField(default=0, verbose_name="試行回数")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="契約者",
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="charges",
                        to="billing.payment",
                        verbose_name="お支払い",
                    ),
                ),
                (
                    "method",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.paymentmethod",
                        verbose_name="お支払い方法",
                    ),
                ),
            ],
            options={
                "verbose_name": "カード決済",
                "verbose_name_plural": "カード決済",
            },
        ),
        migrations.CreateModel(
            name="ProviderEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.CharField(max_length=100, unique=True, verbose_name="イベント番号")),
                ("kind", models.CharField(max_length=30, verbose_name="種類")),
                ("reference", models.CharField(max_length=80, verbose_name="照会番号")),
                ("provider_id", models.CharField(max_length=80, verbose_name="決済代行会社の番号")),
                ("payload", models.JSONField(default=dict, verbose_name="内容")),
                (
                    "outcome",
                    models.CharField(
                        choices=[("applied", "反映"), ("known", "反映済み"), ("contradicts", "不一致")],
                        max_length=12,
                        verbose_name="結果",
                    ),
                ),
                (
                    "received_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="受信日時"),
                ),
            ],
            options={
                "verbose_name": "決済代行会社からの通知",
                "verbose_name_plural": "決済代行会社からの通知",
                "indexes": [
                    models.Index(
                        condition=models.Q(("outcome", "contradicts")), fields=["id"], name="provider_event_contradicts"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "entry",
                    models.CharField(
                        choices=[("charged", "請求"), ("paid", "入金"), ("refunded", "返金")],
                        max_length=10,
                        verbose_name="区分",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[("transfer", "銀行振込"), ("debit", "口座振替"), ("card", "クレジットカード")],
                        max_length=10,
                        verbose_name="支払方法",
                    ),
                ),
                ("amount", models.BigIntegerField(verbose_name="金額")),
                ("booked_on", models.DateField(verbose_name="計上日")),
                ("cause", models.CharField(max_length=120, unique=True, verbose_name="原因")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="備考")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="登録日時"),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="操作者",
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.contract",
                        verbose_name="契約",
                    ),
                ),
                (
                    "corrects",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="correction",
                        to="billing.ledgerentry",
                        verbose_name="訂正する記録",
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
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="billing.payment",
                        verbose_name="お支払い",
                    ),
                ),
            ],
            options={
                "verbose_name": "入出金の記録",
                "verbose_name_plural": "入出金の記録",
                "indexes": [models.Index(fields=["customer", "id"], name="ledger_of_customer")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount__gt", 0), ("corrects__isnull", True)),
                            models.Q(
                                ("actor__isnull", False),
                                ("amount__lt", 0),
                                ("corrects__isnull", False),
                                models.Q(("note", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="ledger_entry_negative_corrects",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("corrects", models.F("id")), _negated=True), name="ledger_entry_not_itself"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("entry", "charged")), fields=("payment",), name="ledger_entry_charged_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentDay",
            fields=[
                (
                    "contract",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.contract",
                        verbose_name="契約",
                    ),
                ),
                ("day", models.PositiveSmallIntegerField(verbose_name="支払日")),
                ("since", models.DateField(verbose_name="課金開始日")),
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
                "verbose_name": "支払日",
                "verbose_name_plural": "支払日",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("day__range", (1, 31))), name="payment_day_of_a_month")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="paymentmethod",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("contract__isnull", False), ("customer__isnull", False), ("holder", "")),
                    models.Q(
                        ("contract__isnull", True), ("customer__isnull", True), models.Q(("holder", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="payment_method_of_somebody",
            ),
        ),
        migrations.AddIndex(
            model_name="paymentmethod",
            index=models.Index(
                condition=models.Q(
                    ("card_expires_on__isnull", False), ("expiry_told_at__isnull", True), ("state", "active")
                ),
                fields=["card_expires_on"],
                name="payment_method_expiring",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentmethod",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["transfer", "debit", "card"])), name="payment_method_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentmethod",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "active", "ended"])), name="payment_method_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentmethod",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("card_expires_on__isnull", False),
                        ("card_last4__regex", "^[0-9]{4}$"),
                        ("kind", "card"),
                        models.Q(("card_token", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("kind", "card"), _negated=True),
                        ("card_brand", ""),
                        ("card_expires_on__isnull", True),
                        ("card_last4", ""),
                        ("card_token", ""),
                    ),
                    _connector="OR",
                ),
                name="payment_method_card_has_token",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentmethod",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "waiting"), _negated=True), ("kind", "debit"), _connector="OR"),
                name="payment_method_only_debit_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentmethod",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("contract__isnull", True), ("from_month__isnull", True)),
                    models.Q(("from_month__isnull", True), ("state__in", ["waiting", "ended"])),
                    models.Q(("contract__isnull", False), ("from_month__day", 1), ("from_month__isnull", False)),
                    _connector="OR",
                ),
                name="payment_method_of_contract_has_month",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentmethod",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "active")),
                fields=("contract", "from_month"),
                name="payment_method_one_per_bill",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentmethod",
            constraint=models.UniqueConstraint(
                condition=models.Q(("contract__isnull", False), ("state", "waiting")),
                fields=("contract",),
                name="payment_method_one_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentmethod",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("holder", ""), _negated=True), ("state__in", ["waiting", "active"])),
                fields=("holder",),
                name="payment_method_one_of_holder",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["customer", "-due_on"], name="payment_of_customer"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["due_on", "id"], name="payment_due"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("state", "paid"), _negated=True),
                fields=["state", "due_on"],
                name="payment_not_paid",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="payment_asks_for_something"),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "charging", "refused", "awaiting", "paid", "held"])),
                name="payment_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("paid_at__isnull", False), ("state", "paid")),
                    models.Q(models.Q(("state", "paid"), _negated=True), ("paid_at__isnull", True)),
                    _connector="OR",
                ),
                name="payment_paid_has_moment",
            ),
        ),
        migrations.AddIndex(
            model_name="cardregistration",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["created_at"], name="card_registration_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="cardregistration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("contract__isnull", False), ("customer__isnull", False), ("holder", "")),
                    models.Q(
                        ("contract__isnull", True), ("customer__isnull", True), models.Q(("holder", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="card_registration_of_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="cardregistration",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "passed", "refused", "expired"])),
                name="card_registration_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="cardregistration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("card_expires_on__isnull", False),
                        ("card_last4__regex", "^[0-9]{4}$"),
                        ("state", "passed"),
                        models.Q(("card_token", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("state", "passed"), _negated=True),
                        ("card_last4", ""),
                        ("card_token", ""),
                        ("method__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="card_registration_passed_has_card",
            ),
        ),
        migrations.AddConstraint(
            model_name="cardregistration",
            constraint=models.CheckConstraint(
                condition=models.Q(("back_to__regex", "^/([^/\\\\]|$)")), name="card_registration_leads_back_here"
            ),
        ),
        migrations.AddIndex(
            model_name="cardcharge",
            index=models.Index(condition=models.Q(("state", "open")), fields=["next_at", "id"], name="card_charge_due"),
        ),
        migrations.AddConstraint(
            model_name="cardcharge",
            constraint=models.UniqueConstraint(fields=("payment", "round"), name="card_charge_round_once"),
        ),
        migrations.AddConstraint(
            model_name="cardcharge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "refused"), _negated=True),
                fields=("payment",),
                name="card_charge_one_may_succeed",
            ),
        ),
        migrations.AddConstraint(
            model_name="cardcharge",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="card_charge_of_something"),
        ),
        migrations.AddConstraint(
            model_name="cardcharge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("next_at__isnull", False), ("state", "open")),
                    models.Q(("ended_at__isnull", True), ("next_at__isnull", True), ("state", "held")),
                    models.Q(
                        ("ended_at__isnull", False), ("next_at__isnull", True), ("state__in", ["paid", "refused"])
                    ),
                    _connector="OR",
                ),
                name="card_charge_open_has_next",
            ),
        ),
    ]
