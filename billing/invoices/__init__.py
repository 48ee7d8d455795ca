"""The invoice (請求書, a 適格請求書) of a closed bill: what it says, its PDF, where the file lies."""
