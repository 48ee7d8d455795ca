"""What a customer has of クラウド電話: a contract on the new scheme, numbers, IDs, a device."""

from numbering.cloud.models import Scheme, Use
from selfcare.accounts.models import Contract
from tests.numbering.cloud import parts


def everything(contract: Contract, mark: str) -> list[str]:
    """One row of each; returns words of them that stand nowhere else."""
    cloud = parts.cloud(contract, scheme=Scheme.SHARED, numbers=2, ids=2)
    fax = parts.number(cloud, use=Use.FAX, label=f"{mark}FAX")
    ids, numbers = parts.ids(cloud), parts.numbers(cloud)
    parts.device(ids[0], name=f"{mark}のiPhone")
    shown = [word for row in numbers for word in (row.digits, str(row))]
    return [fax.label, f"{mark}のiPhone", *(row.code for row in ids), *shown]
