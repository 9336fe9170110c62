"""How fast pgsched is, as ratios measured in one run: `python -m bench core`. See README.md."""
