"""What is measured: each file lists its scenarios in `SCENARIOS`, a tuple."""
