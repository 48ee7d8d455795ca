"""Outside systems that are spoken to over HTTP: the signed client that they share, and a simulator of them all."""
