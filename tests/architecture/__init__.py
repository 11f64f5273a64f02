"""Tests of the code and the pages as texts: layers, sizes, links, tables."""
