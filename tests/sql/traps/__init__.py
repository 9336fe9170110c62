"""The traps that design.md names, each as one fixed interleaving of two connections."""
