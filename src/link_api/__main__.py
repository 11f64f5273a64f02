"""`python -m link_api`."""

from link_api.cli import main

if __name__ == "__main__":
    main()
