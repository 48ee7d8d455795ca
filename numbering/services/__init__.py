"""The verbs of numbering, by noun."""
