"""Where the telephones register: the port that the portal speaks, and its form for Kamailio."""
