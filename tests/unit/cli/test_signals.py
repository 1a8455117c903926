import os
import signal

import pytest

from hpsearch.cli.signals import caught, sigterm_interrupts


def test_a_signal_does_what_it_should_and_no_more_than_that():
    before = signal.getsignal(signal.SIGUSR1)
    seen = []
    with caught(signal.SIGUSR1, lambda: seen.append("caught")):
        os.kill(os.getpid(), signal.SIGUSR1)
        assert seen == ["caught"]
    assert signal.getsignal(signal.SIGUSR1) is before


def test_sigterm_interrupts():
    with pytest.raises(KeyboardInterrupt), sigterm_interrupts():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
