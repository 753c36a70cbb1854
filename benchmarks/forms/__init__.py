"""The form service beside its peers, and under growth. `python -m benchmarks.forms [--quick]`."""
