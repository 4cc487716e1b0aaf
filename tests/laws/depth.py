"""How many examples a law with costly ones takes: few by default, more in CI, very many under the profile "deep"."""

from __future__ import annotations

from typing import Final

from hypothesis import settings

DEFAULT: Final = settings.get_profile("refproof").max_examples


def examples(few: int) -> int:
    """Return ``few``, as many times over as the profile in use takes more examples than the default one."""
    return few * settings().max_examples // DEFAULT
