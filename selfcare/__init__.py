"""The project: settings, the order engine and what every app stands on."""
