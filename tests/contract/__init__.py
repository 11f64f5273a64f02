"""Tests of `contracts/`: the documents equal the code, and breaking changes are found."""
