"""What is measured: each file has a `SCENARIO`, or several in `SCENARIOS`."""
