"""`python -m gausscape` is the command line."""

from gausscape.cli import main

if __name__ == "__main__":
    main()
