from billing.models.bills import Bill, BillLine, BillTax, VoiceCharge
from billing.models.charges import OnceCharge, RecurringCharge
from billing.models.closing import ClosingRun, ClosingStep
from billing.models.issuing import Issuer, PaymentTerms
from billing.models.tariffs import CallRate, Tariff, TaxRate

__all__ = [
    "Bill",
    "BillLine",
    "BillTax",
    "CallRate",
    "ClosingRun",
    "ClosingStep",
    "Issuer",
    "OnceCharge",
    "PaymentTerms",
    "RecurringCharge",
    "Tariff",
    "TaxRate",
    "VoiceCharge",
]
