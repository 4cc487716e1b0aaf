"""What all tests share: reproducible Hypothesis profiles and Debian's kernel headers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Examples are a function of the test alone, so a failure is about the change and shows again.
settings.register_profile("refproof", derandomize=True, deadline=None)
settings.register_profile("ci", derandomize=True, deadline=None, max_examples=300)
settings.register_profile(
    "deep",
    derandomize=True,
    deadline=None,
    max_examples=1000,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("refproof")

DEBIAN_HEADERS = "linux-headers-6.1.0-*-common"
DEBIAN_HEADERS_6_12 = "linux-headers-6.12.*-common"


def find_kernel_headers() -> Path | None:
    """Return the folder of Debian's 6.1 headers (REFPROOF_KERNEL_HEADERS or the newest installed), or None."""
    named = os.environ.get("REFPROOF_KERNEL_HEADERS")
    if named:
        return Path(named)
    installed = Path("/usr/src").glob(DEBIAN_HEADERS)
    return max(installed, key=lambda folder: int(folder.name.split("-")[3]), default=None)


@pytest.fixture(scope="session")
def kernel_headers() -> Path:
    """Return the header folder; skip where it is not installed, fail where it must be (.ci/run)."""
    folder = find_kernel_headers()
    if folder is not None and (folder / "include" / "linux" / "page_ref.h").is_file():
        return folder
    message = f"no include/linux/page_ref.h: install {DEBIAN_HEADERS} or set REFPROOF_KERNEL_HEADERS (found: {folder})"
    if os.environ.get("REFPROOF_REQUIRE_KERNEL_HEADERS"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def kernel_headers_6_12() -> Path:
    """Return the folder of Debian's 6.12 headers (REFPROOF_KERNEL_HEADERS_6_12, or an installed one), as above."""
    named = os.environ.get("REFPROOF_KERNEL_HEADERS_6_12")
    folder = Path(named) if named else max(Path("/usr/src").glob(DEBIAN_HEADERS_6_12), default=None)
    if folder is not None and (folder / "include" / "linux" / "page_ref.h").is_file():
        return folder
    message = f"no include/linux/page_ref.h: install {DEBIAN_HEADERS_6_12} or set REFPROOF_KERNEL_HEADERS_6_12"
    if os.environ.get("REFPROOF_REQUIRE_KERNEL_HEADERS"):
        pytest.fail(message)
    pytest.skip(message)
