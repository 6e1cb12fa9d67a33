"""Our own processes: ready when their health page says so, gone when their runner is."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from ops.errors import StartupError
from ops.ports import HOST, Ports
from ops.processes.child import Child, Launch
from ops.processes.identity import birth_mark
from ops.processes.records import await_condition
from ops.processes.service import Service

SOON = timedelta(seconds=10)
MOMENT = timedelta(milliseconds=300)
HEALTHY = """
import http.server, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(sys.argv[2])); self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("stubborn", flush=True)
time.sleep(60)
"""


@pytest.fixture
def child(tmp_path: Path):
    """Make children that run Python code, and kill them at the end."""
    made: list[Child] = []

    def make(code: str, *arguments: str) -> Child:
        command = (sys.executable, "-S", "-c", code, *arguments)
        log, pid = tmp_path / "child.log", tmp_path / "child.pid"
        made.append(Child(Launch("child", command, tmp_path, log, pid)))
        return made[-1]

    yield make
    for each in made:
        each.kill()


@pytest.fixture
def service(child, tmp_path: Path):
    """Make a service whose health page answers with the given status."""

    def make(status: int) -> Service:
        port = Ports(tmp_path / "ports.json", {}).choose("service")
        return Service(child(HEALTHY, str(port), str(status)), f"http://{HOST}:{port}/health")

    return make


def test_a_service_is_ready_when_its_health_page_answers(service):
    ready = service(200)

    ready.start()

    assert ready.running
    assert ready.healthy()


def test_a_killed_service_starts_again_on_its_port(service):
    ready = service(200)
    ready.start()
    first = ready.child.pid

    ready.kill()
    assert not ready.healthy()
    ready.start()

    assert ready.healthy()
    assert ready.child.pid != first


def test_an_unhealthy_service_is_stopped_after_the_deadline(service):
    unready = service(503)
    unready.spawn()

    with pytest.raises(StartupError, match="not ready after"):
        unready.await_ready(MOMENT)

    assert not unready.running


def test_a_service_that_ends_while_starting_shows_the_tail_of_its_log(child):
    broken = Service(child("raise SystemExit('no such table: orders')"), f"http://{HOST}:9/health")

    with pytest.raises(StartupError, match=r"exit code 1 while starting(.|\n)*no such table: orders"):
        broken.start()


def test_a_program_that_does_not_exist_is_an_operators_error(tmp_path):
    absent = Child(
        Launch("absent", (str(tmp_path / "absent"),), tmp_path, tmp_path / "log", tmp_path / "pid")
    )

    with pytest.raises(StartupError, match="absent cannot be started"):
        absent.start()


def test_a_child_that_ignores_the_request_is_killed(child):
    stubborn = child(STUBBORN)
    stubborn.start()
    stubborn.await_ready(lambda: "stubborn" in stubborn.log_tail(), SOON)

    stubborn.terminate(MOMENT)

    assert stubborn.exit_code == -signal.SIGKILL


def test_a_stopped_child_leaves_no_pid_file(child):
    sleeper = child("import time; time.sleep(60)")
    sleeper.start()
    assert sleeper.launch.pid_file.exists()

    sleeper.terminate()

    assert not sleeper.launch.pid_file.exists()


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM])
def test_children_end_with_their_runner_even_those_a_thread_started(tmp_path, way):
    log = tmp_path / "log"
    code = f"""
import sys, threading, time
from pathlib import Path
from ops.processes.child import Child, Launch
folder = Path({str(tmp_path)!r})
sleep = (sys.executable, "-S", "-c", "import time; time.sleep(60)")
child = Child(Launch("child", sleep, folder, folder / "log", folder / "pid"))
starter = threading.Thread(target=child.start)
starter.start()
starter.join()
print(child.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen((sys.executable, "-c", code), stdout=subprocess.PIPE, text=True) as runner:
        assert runner.stdout is not None
        pid = int(runner.stdout.readline())
        assert birth_mark(pid) is not None

        os.kill(runner.pid, way)

    assert log.exists()
    assert await_condition(lambda: birth_mark(pid) is None, SOON)
