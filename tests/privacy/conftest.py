"""What tests of privacy share with those of briefs."""

from __future__ import annotations

from tests.briefs.conftest import write

__all__ = ["write"]
