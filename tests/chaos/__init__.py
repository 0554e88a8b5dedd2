"""Faults, found by machine: a workload over all services, a schedule of faults drawn from a seed, and a checker afterwards."""
