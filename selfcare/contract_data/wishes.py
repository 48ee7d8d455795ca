"""What a change of name or address wishes: the five fields, as the order's data and as rows of a summary."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.utils.translation import gettext as _

from selfcare.accounts.models import Customer
from selfcare.contract_data.models import IdentityCase
from selfcare.orders.procedures import Row


@dataclass(frozen=True)
class Identity:
    name: str = ""
    kana: str = ""
    postal_code: str = ""
    address: str = ""
    building: str = ""

    @classmethod
    def of(cls, source: Customer | IdentityCase) -> "Identity":
        return cls(**{field.name: getattr(source, field.name) for field in fields(cls)})

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> "Identity":
        return cls(**{field.name: str(data.get(field.name, "")) for field in fields(cls)})

    def as_json(self) -> dict[str, str]:
        return asdict(self)

    def wished(self, *, since: "Identity") -> dict[str, str]:
        """The fields that are wished otherwise than they were: name and kana together, and the place as a whole."""
        groups = (("name", "kana"), ("postal_code", "address", "building"))
        values, before = self.as_json(), since.as_json()
        changed = [group for group in groups if any(values[name] != before[name] for name in group)]
        return {name: values[name] for group in changed for name in group}

    @property
    def place(self) -> tuple[str, str, str]:
        return self.postal_code, self.address, self.building

    @property
    def house(self) -> tuple[str, str]:
        """The place without the room: a letter that missed its door may be sent again without another look."""
        return self.postal_code, self.address

    @property
    def place_words(self) -> str:
        return " ".join(part for part in (f"〒{self.postal_code}", self.address, self.building) if part)


def rows(old: Identity, new: Identity) -> list[Row]:
    """Name and address, with what is replaced; what stays stands for itself."""
    found = [
        (_("契約者名"), old.name, new.name),
        (_("契約者名カナ"), old.kana, new.kana),
        (_("住所"), old.place_words, new.place_words),
    ]
    return [Row(label, after or "—", (before or "—") if before != after else "") for label, before, after in found]
