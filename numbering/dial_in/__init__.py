"""Dial-in numbers of IP Voice: contracts, the check which way is open, the two ways to order, what operators do."""
