"""`python -m elements_bridge`."""

from elements_bridge.cli import main

if __name__ == "__main__":
    main()
