"""`python -m link_dev`."""

from link_dev.cli import main

main()
