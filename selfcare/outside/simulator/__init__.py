"""One process that plays the outside systems in demo and tests. It imports nothing of the portal's data."""
