import time

import pytest

from app.clock import Clock, DeadlinePassed


def test_times_each_step() -> None:
    clock = Clock(60)
    with clock.step("slow"):
        time.sleep(0.02)
    with clock.step("quick"):
        pass
    assert list(clock.milliseconds) == ["slow", "quick"]
    assert 20 <= clock.milliseconds["slow"] < 1000
    assert clock.milliseconds["quick"] < 20


def test_a_step_that_raises_is_timed_too() -> None:
    clock = Clock(60)
    with pytest.raises(ZeroDivisionError), clock.step("broken"):
        1 / 0  # noqa: B018
    assert "broken" in clock.milliseconds


def test_no_step_begins_after_the_deadline() -> None:
    clock = Clock(0.01)
    time.sleep(0.02)
    with pytest.raises(DeadlinePassed, match=r"longer than 0\.01 seconds"), clock.step("late"):
        pytest.fail("the step ran")
    assert clock.left == 0
