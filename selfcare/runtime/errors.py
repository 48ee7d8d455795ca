class StartError(Exception):
    """Something outside the portal is in the way of a start; the message is one sentence for a person."""
