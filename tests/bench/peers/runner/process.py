"""Processes that this run starts and ends: each in a group of its own, ended by its id."""
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

STOP_SECONDS = 15
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """Something that makes one cell of the table impossible; its text goes into that cell."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(command, log, user=None, env=None, cwd=None):
    with open(log, "ab") as output:
        return subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True, user=user, env={**os.environ, **(env or {})}, cwd=cwd)


def stop(process, signal_number=signal.SIGTERM):
    """Asks first, then ends the whole group."""
    if process.poll() is None:
        process.send_signal(signal_number)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def run(command, seconds, env=None):
    """The standard output of a program that has to end well within so many seconds."""
    process = subprocess.Popen(
        [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True, env={**os.environ, **(env or {})})
    try:
        output, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Failure(f"not done after {seconds:.0f} s") from None
    finally:
        stop(process, signal.SIGKILL)
    if process.returncode != 0:
        lines = [line for line in (errors or output).splitlines() if line.strip()]
        raise Failure(lines[-1][:160] if lines else f"exit code {process.returncode}")
    return output


def succeeds(command):
    return subprocess.run([str(word) for word in command], capture_output=True, check=False, timeout=30).returncode == 0


def wait_until(is_true, seconds, otherwise):
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            raise Failure(f"{otherwise} after {seconds} s")
        time.sleep(0.02)


def last_line(log):
    lines = [line.strip() for line in Path(log).read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:120] if lines else "it said nothing"


def wait_listening(process, port, log, seconds=60):
    def is_listening():
        if process.poll() is not None:
            raise Failure(f"the server ended with exit code {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    try:
        wait_until(is_listening, seconds, "the server does not listen")
    except Failure as failure:
        raise Failure(f"{failure}: {last_line(log)}") from None


def _stat(pid):
    """Parent, and seconds of processor time with those of ended children; None when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(fields[1]), sum(int(field) for field in fields[11:15]) / TICKS_PER_SECOND


def cpu_seconds(root):
    """Processor time of a process and all below it."""
    stats = {int(path.name): _stat(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()}
    stats = {pid: stat for pid, stat in stats.items() if stat}
    tree = {root}
    while True:
        more = {pid for pid, (parent, _) in stats.items() if parent in tree} - tree
        if not more:
            return sum(stats[pid][1] for pid in tree if pid in stats)
        tree |= more
