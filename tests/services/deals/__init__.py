"""Tests of the deals service."""
