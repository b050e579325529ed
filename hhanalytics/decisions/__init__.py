"""From measures to findings: what it means."""
