"""How cloud phone contracts pay: methods, the payment provider, the ledger."""
