"""`python -m pgsched`: the command `pgsched`."""

from pgsched.cli import main

if __name__ == "__main__":
    main()
