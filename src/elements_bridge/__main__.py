"""`elements-bridge`, and `python -m elements_bridge`."""

from link_kernel.imports import collector_paused

with collector_paused():
    from elements_bridge.cli import main

if __name__ == "__main__":
    main()
