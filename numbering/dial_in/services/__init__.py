"""The verbs of dial-in numbers."""
