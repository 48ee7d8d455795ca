"""The rows of a dial-in order as CSV files: what a file says, what is wrong with it, the file to correct (spec 5.4)."""
