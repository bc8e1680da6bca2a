import time

import pytest

from app.execution.deadline import DeadlinePassed, Step, StepTimer


def test_times_each_step() -> None:
    clock = StepTimer(60)
    with clock.step("slow"):
        time.sleep(0.02)
    with clock.step("quick"):
        pass
    assert list(clock.milliseconds) == ["slow", "quick"]
    assert 20 <= clock.milliseconds["slow"] < 1000
    assert clock.milliseconds["quick"] < 20


def test_a_step_that_raises_is_timed_too() -> None:
    clock = StepTimer(60)
    with pytest.raises(ZeroDivisionError), clock.step("broken"):
        1 / 0  # noqa: B018
    assert "broken" in clock.milliseconds


def test_no_step_begins_after_the_deadline() -> None:
    clock = StepTimer(0.01)
    time.sleep(0.02)
    with pytest.raises(DeadlinePassed, match=r"longer than 0\.01 seconds"), clock.step("late"):
        pytest.fail("the step ran")
    assert clock.left == 0


def test_planned_running_and_finished_steps_are_reported() -> None:
    steps: list[Step] = []
    clock = StepTimer(60, steps.append)
    clock.plan("one", "two")
    with clock.step("one"), clock.step("two"):
        pass
    waiting, running, done = steps[:2], steps[2:4], steps[4:]
    assert waiting == [Step("one", "waiting"), Step("two", "waiting")]
    assert running == [Step("one", "running"), Step("two", "running")]
    assert done == [Step(name, "done", clock.milliseconds[name]) for name in ("two", "one")]


def test_a_step_that_raises_is_reported_as_done() -> None:
    steps: list[Step] = []
    with pytest.raises(ZeroDivisionError), StepTimer(60, steps.append).step("broken"):
        1 / 0  # noqa: B018
    assert [step.state for step in steps] == ["running", "done"]


def test_a_step_after_the_deadline_is_not_reported() -> None:
    steps: list[Step] = []
    with pytest.raises(DeadlinePassed), StepTimer(0, steps.append).step("late"):
        pytest.fail("the step ran")
    assert steps == []
