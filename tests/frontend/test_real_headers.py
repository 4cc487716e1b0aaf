"""Debian's kernel headers as code under test: loaded, or refused with the place and the reason."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from verify.frontend.load import Options, load
from verify.program.errors import InputError
from verify.program.program import Access, HeaderOrigin

pytestmark = pytest.mark.kernel
ROOT = Path(__file__).parents[2]
MAINLINE = str(ROOT / "specs" / "page_ref" / "mainline.c")
LIMIT = 0.5
LOOSE = 4


def test_the_real_page_ref_is_loaded_in_time(kernel_headers: Path, record_property) -> None:
    """In a fresh process, imports included; the bound is loose, for a busy machine."""
    code = "import sys; from verify.frontend.load import Options, load; load(sys.argv[1], Options(kernel=sys.argv[2]))"
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, MAINLINE, str(kernel_headers)], check=True, timeout=60, cwd=ROOT)
    seconds = time.perf_counter() - began
    record_property("seconds", seconds)
    assert seconds < LIMIT * LOOSE


@pytest.mark.parametrize("undefines", [(), ("CONFIG_DEBUG_VM",)])
def test_only_page_ref_is_the_kernels_own(kernel_headers: Path, undefines: tuple[str, ...]) -> None:
    p = load(MAINLINE, Options(kernel=str(kernel_headers), undefines=undefines))
    origins = {s.name: s.origin for s in p.sources}
    assert p.sources[0].name == MAINLINE
    kernel = [n for n, o in origins.items() if o is HeaderOrigin.KERNEL]
    assert kernel == ["<kernel>/include/linux/page_ref.h"]
    assert {o for n, o in origins.items() if n.startswith("<refproof>/")} == {HeaderOrigin.STAND_IN}
    assert {n.rsplit("/", 1)[1] for n, o in origins.items() if o is HeaderOrigin.SPEC} == {"mainline.c", "lifecycle.h"}
    operations = {n.operation for a in p.actors for n in a.body.nodes if isinstance(n, Access)}
    assert {"atomic_add", "atomic_dec_and_test", "atomic_set_release"} <= operations


@pytest.mark.parametrize("header", ["kref.h", "percpu-refcount.h"])
def test_another_real_header_is_loaded_or_refused_with_its_place(
    header: str, kernel_headers: Path, tmp_path: Path
) -> None:
    spec = tmp_path / "spec.c"
    spec.write_text(
        f"#include <refproof.h>\n#include <linux/{header}>\nint x;\nINIT {{ }}\nACTOR(a) {{ WRITE_ONCE(x, 1); }}\n"
    )
    with pytest.raises(InputError, match=r"[\w/.<>-]+:\d+:\d+: error: .*file not found"):
        load(str(spec), Options(kernel=str(kernel_headers)))


REFCOUNT = """#include <refproof.h>
#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/limits.h>
#include <linux/refcount.h>
void refcount_warn_saturate(refcount_t *r, enum refcount_saturation_type t) { refcount_set(r, REFCOUNT_SATURATED); }
refcount_t count;
GHOST unsigned int refs = 1;
INIT { refcount_set(&count, 1); }
ACTOR(get) { if (refcount_inc_not_zero(&count)) refs += 1; }
ACTOR(put) { ASSUME(refs > 0); refs -= 1; if (refcount_dec_and_test(&count)) CHECK("last", refs == 0); }
"""


def test_the_real_refcount_with_a_model_of_what_it_calls(kernel_headers: Path, tmp_path: Path) -> None:
    """Its inline functions are the kernel's; the types of locks that it mentions are stand-ins."""
    spec = tmp_path / "spec.c"
    spec.write_text(REFCOUNT)
    p = load(str(spec), Options(kernel=str(kernel_headers)))
    assert [c.name for c in p.cells] == ["count.refs"]
    operations = {n.operation for a in p.actors for n in a.body.nodes if isinstance(n, Access)}
    assert {"atomic_try_cmpxchg_relaxed", "atomic_fetch_sub_release"} <= operations
