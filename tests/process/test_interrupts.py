# SPDX-License-Identifier: GPL-2.0-or-later
"""Interrupts, in processes of their own: handlers belong to a process."""

import signal
import subprocess
import sys

import pytest

START = "import os, signal, sys, time\nfrom explorer.process.interrupts import *\n"
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def run(program: str, *, ignored: signal.Signals | None = None) -> tuple[int, str, str]:
    """Runs a program; a signal may be ignored from its start."""
    done = subprocess.run(
        [sys.executable, "-c", START + program],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        preexec_fn=None if ignored is None else lambda: signal.signal(ignored, signal.SIG_IGN),
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("number", CODES)
def test_the_first_interrupt_is_an_exception_that_holds_the_signal(number: signal.Signals) -> None:
    program = f"""
raise_on_interrupt()
try:
    os.kill(os.getpid(), {number:d})
    time.sleep(10)
except Interrupted as error:
    print(error.number, error.exit_code)
"""
    assert run(program) == (0, f"{number:d} {CODES[number]}\n", "")


@pytest.mark.parametrize("number", CODES)
def test_before_a_command_runs_an_interrupt_ends_the_process_at_once(number: signal.Signals) -> None:
    program = f"""
end_on_interrupt()
try:
    os.kill(os.getpid(), {number:d})
    time.sleep(10)
finally:
    print("cleaned up", flush=True)
"""
    assert run(program) == (CODES[number], "", "")


def test_a_second_interrupt_ends_the_process_while_it_cleans_up() -> None:
    program = """
raise_on_interrupt()
try:
    signal.raise_signal(signal.SIGINT)
finally:
    print("cleans up", flush=True)
    time.sleep(0.3)
    signal.raise_signal(signal.SIGTERM)
    print("not reached", flush=True)
"""
    assert run(program) == (143, "cleans up\n", "")


def test_the_same_signal_sent_twice_at_once_is_one_interrupt() -> None:
    program = """
raise_on_interrupt()
try:
    signal.raise_signal(signal.SIGTERM)
except Interrupted as error:
    signal.raise_signal(signal.SIGTERM)
    print(error.exit_code)
"""
    assert run(program) == (0, "143\n", "")


@pytest.mark.parametrize("number", CODES)
@pytest.mark.parametrize("begin", ["raise_on_interrupt()", "end_on_interrupt()", "kill_on_interrupt()"])
def test_a_signal_that_is_ignored_stays_ignored(number: signal.Signals, begin: str) -> None:
    program = f"{begin}\nos.kill(os.getpid(), {number:d})\nwith uninterrupted(): pass\nprint('goes on')"
    assert run(program, ignored=number) == (0, "goes on\n", "")


@pytest.mark.parametrize("number", CODES)
def test_an_interrupt_in_a_block_is_delayed_to_its_end(number: signal.Signals) -> None:
    program = f"""
raise_on_interrupt()
try:
    with uninterrupted():
        os.kill(os.getpid(), {number:d})
        time.sleep(0.1)
        print("whole")
    print("not reached")
except Interrupted as error:
    print(error.exit_code)
"""
    assert run(program) == (0, f"whole\n{CODES[number]}\n", "")


def test_a_worker_process_is_killed_by_the_signal_that_was_blocked_while_it_started() -> None:
    program = """
raise_on_interrupt()
with uninterrupted():
    child = os.fork()
    if not child:
        os.kill(os.getpid(), signal.SIGTERM)
        kill_on_interrupt()
        os._exit(1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert run(program) == (0, f"{-signal.SIGTERM}\n", "")


def test_an_interrupt_that_python_drops_in_a_finalizer_is_raised_again() -> None:
    program = """
raise_on_interrupt()
class Finalized:
    def __del__(self):
        signal.raise_signal(signal.SIGHUP)
        for _ in range(100): pass
try:
    thing = Finalized()
    del thing
    time.sleep(10)
except Interrupted as error:
    print(error.exit_code)
"""
    assert run(program) == (0, "129\n", "")


def test_an_interrupt_that_a_library_replaced_is_known() -> None:
    program = """
raise_on_interrupt()
print(raised_interrupt())
try:
    try:
        signal.raise_signal(signal.SIGTERM)
    except BaseException:
        raise RuntimeError("Query interrupted") from None
except RuntimeError:
    print(raised_interrupt().exit_code)
"""
    assert run(program) == (0, "None\n143\n", "")
