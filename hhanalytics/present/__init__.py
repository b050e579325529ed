"""Figures for people: words, numbers, charts."""
