"""Tests of the kernel, in the rooms of `src/link_kernel`."""
