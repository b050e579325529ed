"""Speed as ratios: each measure against the same thing written by hand, the command line against its promise."""
