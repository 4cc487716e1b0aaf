"""Children pass messages on in order, end as they should, and never outlive their parent or the deadline."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from verify.worker.tasks import Crashed, Finished, Stopped, Task, TimedOut, run_tasks

Send = Callable[[object], None]
LATE = 8.0  # seconds; on a quiet machine these ends take a tenth of a second, on a loaded one longer


def run(*tasks: Task, seconds: float = 20.0, stop: object = None, **options) -> tuple[list[tuple[str, object]], dict]:
    seen: list[tuple[str, object]] = []

    def on_message(name: str, content: object) -> bool:
        seen.append((name, content))
        return stop is not None and content == stop

    endings = run_tasks(tasks, deadline=time.monotonic() + seconds, on_message=on_message, **options)
    return seen, dict(endings)


def hang(send: Send) -> None:
    send(os.getpid())
    while True:
        time.sleep(1)


def stubborn(send: Send) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hang(send)


def is_alive(pid: int) -> bool:
    """A zombie that its new parent has not reaped yet is dead."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    return False


def gone_within(pids: list[int], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while any(map(is_alive, pids)) and time.monotonic() < end:
        time.sleep(0.01)
    return not any(map(is_alive, pids))


def handler_of_its_own(send: Send) -> None:
    """As z3 does while it works."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.05)
    send("goes on")


def test_ctrl_c_is_not_the_childs_even_where_a_solver_listens():
    seen, endings = run(Task("one", handler_of_its_own))
    assert (seen, endings) == ([("one", "goes on")], {"one": Finished()})


def test_messages_arrive_in_order_and_whole():
    big = b"x" * 3_000_000

    def talk(send: Send) -> None:
        for i in range(500):
            send(i)
        send(big)
        send("last")

    seen, endings = run(Task("a", talk), Task("b", talk))
    for name in "ab":
        assert [content for who, content in seen if who == name] == [*range(500), big, "last"]
    assert endings == {"a": Finished(), "b": Finished()}


def test_no_task_at_all():
    assert run() == ([], {})


def test_two_tasks_with_one_name_are_refused():
    with pytest.raises(ValueError, match="same name"):
        run(Task("a", hang), Task("a", hang))


@pytest.mark.parametrize("how", [hang, stubborn])
def test_a_hanging_child_is_killed_at_the_deadline(how):
    start = time.monotonic()
    seen, endings = run(Task("a", how), Task("quick", lambda send: send(1)), seconds=0.5)
    assert 0.4 < time.monotonic() - start < LATE
    assert endings == {"a": TimedOut(), "quick": Finished()}
    (pid,) = [content for who, content in seen if who == "a"]
    assert not is_alive(pid)


def test_a_child_that_never_stops_sending_is_killed_at_the_deadline():
    def flood(send: Send) -> None:
        while True:
            send(b"y" * 100_000)

    start = time.monotonic()
    assert run(Task("a", flood), seconds=0.5)[1] == {"a": TimedOut()}
    assert time.monotonic() - start < LATE


def test_a_child_stopped_in_the_middle_of_a_message_is_killed_at_the_deadline():
    def half(send: Send) -> None:
        send(os.getpid())
        (pipe,) = (cell.cell_contents for cell in send.__closure__)
        os.write(pipe, b"\0\0\0\0\0\0\1\0half")
        time.sleep(60)

    assert run(Task("a", half), seconds=0.4)[1] == {"a": TimedOut()}


def test_the_first_answer_stops_the_losers():
    seen, endings = run(Task("slow", hang), Task("quick", lambda send: send("answer")), stop="answer")
    assert isinstance(endings["slow"], Stopped)
    assert not any(is_alive(content) for _, content in seen if isinstance(content, int))


def crash_by_exception(send: Send) -> None:
    send("before")
    raise ArithmeticError("seven")


def crash_by_exit(_send: Send) -> None:
    os._exit(7)


def crash_by_signal(_send: Send) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def crash_by_system_exit(_send: Send) -> None:
    sys.exit(0)


def crash_by_unpicklable(send: Send) -> None:
    send(lambda: None)


@pytest.mark.parametrize(
    ("how", "detail"),
    [
        (crash_by_exception, "ArithmeticError: seven"),
        (crash_by_exit, "exit code 7"),
        (crash_by_signal, "killed by SIGSEGV"),
        (crash_by_system_exit, "SystemExit: 0"),
        (crash_by_unpicklable, "pickle"),
    ],
)
def test_a_crash_is_reported_and_nothing_is_printed(how, detail, capfd):
    _, endings = run(Task("a", how), Task("b", lambda send: send(1)))
    assert isinstance(endings["a"], Crashed)
    assert detail in endings["a"].detail
    assert endings["b"] == Finished()
    assert capfd.readouterr() == ("", "")


def test_what_a_child_prints_never_reaches_the_report(capfd):
    def chatter(send: Send) -> None:
        os.write(1, b"out")
        os.write(2, b"err")
        send("ok")

    assert run(Task("a", chatter))[0] == [("a", "ok")]
    assert capfd.readouterr() == ("", "")


def test_memory_limit():
    def greedy(_send: Send) -> None:
        bytearray(1 << 30)

    _, endings = run(Task("a", greedy), memory_bytes=512 << 20)
    assert isinstance(endings["a"], Crashed)
    assert "MemoryError" in endings["a"].detail


def test_an_exception_of_the_caller_leaves_no_child():
    pids: list[int] = []

    def fail(_name: str, content: object) -> bool:
        pids.append(content)
        raise KeyError

    with pytest.raises(KeyError):
        run_tasks([Task("a", stubborn)], deadline=time.monotonic() + 20, on_message=fail)
    assert not is_alive(pids[0])


def test_idle_is_called_while_nothing_arrives():
    calls: list[int] = []
    run(Task("a", hang), seconds=0.5, on_idle=lambda: calls.append(1))
    assert 2 <= len(calls) <= 6


def test_no_descriptor_and_no_signal_mask_is_left():
    before = (len(list(Path("/proc/self/fd").iterdir())), signal.pthread_sigmask(signal.SIG_BLOCK, []))
    run(Task("a", hang), Task("b", crash_by_exit), seconds=0.2)
    assert (len(list(Path("/proc/self/fd").iterdir())), signal.pthread_sigmask(signal.SIG_BLOCK, [])) == before


def test_endings_are_in_the_order_of_the_tasks():
    _, endings = run(Task("z", crash_by_exit), Task("a", lambda send: None), Task("m", lambda send: None))
    assert list(endings) == ["z", "a", "m"]


PARENT = """
import os, signal, sys, time
from verify.worker.tasks import Task, run_tasks

def hang(send):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    send(os.getpid())
    while True:
        pass

def tell(name, pid):
    print(pid, flush=True)
    return False

print(os.getpid(), flush=True)
run_tasks([Task("a", hang), Task("b", hang)], deadline=time.monotonic() + 60, on_message=tell)
"""


def start_parent() -> tuple[subprocess.Popen[str], list[int]]:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    return parent, [int(parent.stdout.readline()) for _ in range(3)][1:]


def test_killing_the_parent_leaves_no_orphan():
    parent, children = start_parent()
    parent.kill()
    parent.wait()
    assert gone_within(children, LATE)


def test_ctrl_c_ends_everything_within_a_second():
    parent, children = start_parent()
    start = time.monotonic()
    for pid in (parent.pid, *children):  # a terminal signals the whole foreground group
        os.kill(pid, signal.SIGINT)
    _, err = parent.communicate(timeout=5)
    assert time.monotonic() - start < LATE
    assert err.rstrip().endswith("KeyboardInterrupt")
    assert "hang" not in err
    assert gone_within(children, LATE)
