"""The demo: the whole journey of a sample export on a system of its own, played through the public interfaces only, and reconciled."""
