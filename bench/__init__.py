"""Benchmarks: Baton's own service beside rivals that do the same job with the same guarantee, interleaved on one stack."""
