"""Which documents prove what: of a company its registry certificate, of a person an identity card."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from selfcare.accounts.models import Customer
from selfcare.documents import kinds

REGISTRY = "contract_data.registry"
ADDRESS_PROOF = "contract_data.address_proof"
IDENTITY = "contract_data.identity"
LABELS: Mapping[str, Any] = {
    REGISTRY: _("登記事項証明書（発行から3か月以内）"),
    ADDRESS_PROOF: _("会社名義の住所の確認書類（賃貸借契約書、公共料金の領収書など）"),
    IDENTITY: _("本人確認書類（新しい氏名・住所が記載されたもの）"),
}


def register() -> None:
    for kind, label in LABELS.items():
        kinds.register(kind, label)


def needed(customer: Customer, *, address_changes: bool) -> list[str]:
    """In the order of the page. A company's new name stands in the registry alone."""
    if customer.kind == Customer.Kind.PERSONAL:
        return [IDENTITY]
    return [REGISTRY, ADDRESS_PROOF] if address_changes else [REGISTRY]
