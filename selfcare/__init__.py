"""The project: settings, the order engine and what every app stands on."""

import gc

# A start makes two hundred thousand objects that stay. With Python's own threshold they are looked through for garbage
# again and again while they come, which is a sixth of the start of each process.
gc.set_threshold(50_000, 20, 50)
