"""A driver that hangs inside a whole tap: the tap is given up, and what comes back late touches nothing."""

import threading

import pytest

from cardos.errors import StampdError
from host_tools.readers.watchdog import Hung, Worker

SHORT_S = 0.05


class Stuck:
    """A driver call that comes back only when it is let go."""

    def __init__(self):
        self.let_go = threading.Event()
        self.undone = []

    def call(self):
        assert self.let_go.wait(30)
        return "late"


def test_a_job_runs_on_the_worker_and_its_calls_do_not_change_threads():
    worker = Worker("test")
    threads = []

    def job():
        return worker.call(5, lambda: threads.append(threading.current_thread()) or "answer")

    assert worker.run(job) == "answer"
    assert threads[0] is not threading.current_thread()
    worker.stop()


def test_a_jobs_own_trouble_comes_back_whole():
    worker = Worker("test")

    def job():
        raise StampdError("no", "", "NO")

    with pytest.raises(StampdError, match="no"):
        worker.run(job)
    assert worker.run(lambda: 7) == 7
    worker.stop()


def test_a_hanging_call_ends_the_job_for_good():
    worker, stuck, after = Worker("test"), Stuck(), []

    def job():
        worker.call(SHORT_S, stuck.call, undo=stuck.undone.append)
        after.append("the tap went on")

    with pytest.raises(Hung):
        worker.run(job)
    with pytest.raises(Hung):
        worker.run(lambda: None)
    stuck.let_go.set()
    assert worker.finished.wait(30)
    assert stuck.undone == ["late"] and after == []


def test_a_job_that_takes_long_by_itself_is_not_hung():
    worker, waited = Worker("test"), threading.Event()
    assert worker.run(lambda: waited.wait(1.2) or "slow") == "slow"  # longer than two looks, but no call is overdue
    worker.stop()
