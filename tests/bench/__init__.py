"""Tests of the benchmarks: that contestants are honest, and that comparing them is right."""
