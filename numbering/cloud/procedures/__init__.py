"""The procedures of a cloud phone contract; importing them registers them."""
