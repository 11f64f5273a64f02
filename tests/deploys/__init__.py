"""Tests of services that are started, ended and replaced while they are called."""
