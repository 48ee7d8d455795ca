"""The postal carrier: what it is asked, how, and what it tells by itself."""
