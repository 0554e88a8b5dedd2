"""Tests of the parts of the chassis: some need neither a broker nor a database, the others the real ones."""
