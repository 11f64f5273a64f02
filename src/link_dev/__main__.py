"""`link-dev`, and `python -m link_dev`."""

from link_kernel.imports import collector_paused

with collector_paused():
    from link_dev.cli import main

if __name__ == "__main__":
    main()
