"""Readers: one per kind of file."""
