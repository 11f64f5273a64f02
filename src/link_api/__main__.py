"""`link-api`, and `python -m link_api`."""

from link_kernel.imports import collector_paused

with collector_paused():
    from link_api.cli import main

if __name__ == "__main__":
    main()
