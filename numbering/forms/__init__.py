"""What customers type about numbers."""
