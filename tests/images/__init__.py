"""The images of the Dockerfile, built in a clean root and run: `make images`."""
