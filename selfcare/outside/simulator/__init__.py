"""A stand-in for the outside systems, for demo and tests: one process, one module per system, faults on demand."""
