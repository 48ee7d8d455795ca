"""Payments of bills: methods, the provider's port, collecting, the ledger. Card numbers never come here."""
