"""Tests of the onboarding service."""
