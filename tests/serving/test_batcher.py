"""Requests in line: computed together, answered in order, and no wait is endless."""

import asyncio
import threading

import numpy as np
import pytest

from lepton_serving import batcher

IMAGES = np.arange(12, dtype=np.float32).reshape(12, 1)


def gate():
    """`(predict, sizes, free)`: a model that waits for `free`, and the batches that it has begun."""
    begun, free = [], threading.Event()

    def predict(images):
        begun.append(len(images))
        free.wait(30)
        return images

    return predict, begun, free


async def until(holds):
    """Come back when `holds()` does; the test's own limit bounds the wait."""
    while not holds():
        await asyncio.sleep(0.01)


def asked(requests, predict, **options):
    """What each of `requests` (arrays of images) gets when all ask at once: arrays or exceptions."""
    async def main():
        line = batcher.Batcher(predict, **options)
        line.start()
        answers = await asyncio.gather(*map(line.ask, requests), return_exceptions=True)
        line.stop()
        assert line.waiting == 0
        return answers

    return asyncio.run(asyncio.wait_for(main(), 60))


def test_what_waits_is_computed_together_and_goes_to_who_asked():
    sizes = []
    got = asked(np.split(IMAGES, 12), lambda images: 2 * images, size=8, wait=0.5, seen=sizes.append)
    assert np.array_equal(np.concatenate(got), 2 * IMAGES)
    assert sizes == [8, 4]


def test_requests_of_many_sizes_stay_whole():
    sizes, parts = [], np.split(IMAGES, [5, 6, 11])  # 5, 1, 5, 1 images
    got = asked(parts, lambda images: images, size=6, wait=0.5, seen=sizes.append)
    assert all(np.array_equal(one, part) for one, part in zip(got, parts, strict=True)) and sizes == [6, 6]
    got = asked([IMAGES, IMAGES[:1]], lambda images: images, size=2)  # larger than a batch: alone
    assert [len(one) for one in got] == [12, 1]


def test_while_the_model_computes_requests_gather():
    slow, sizes, free = gate()

    async def main():
        line = batcher.Batcher(slow, size=32, patience=30)
        line.start()
        first = asyncio.create_task(line.ask(IMAGES[:1]))
        await until(lambda: sizes)  # the thread is busy with it
        rest = [asyncio.create_task(line.ask(IMAGES[i:i + 1])) for i in range(1, 12)]
        await asyncio.sleep(0.01)
        free.set()
        return np.concatenate(await asyncio.gather(first, *rest))

    assert np.array_equal(asyncio.run(asyncio.wait_for(main(), 60)), IMAGES) and sizes == [1, 11]


def test_a_crowded_line_is_refused(monkeypatch):
    monkeypatch.setattr(batcher, "MAX_WAITING", 3)
    got = asked(np.split(IMAGES, 12), lambda images: images, size=1)
    assert [getattr(one, "status", 200) for one in got] == [200] * 3 + [503] * 9


def test_a_late_answer_is_a_504_and_late_requests_are_not_computed():
    slow, sizes, free = gate()

    async def main():
        line = batcher.Batcher(slow, size=1, patience=2)
        line.start()
        asking = [asyncio.create_task(line.ask(IMAGES[:1])) for _ in range(3)]
        await until(lambda: sizes)
        late = await asyncio.gather(*asking, return_exceptions=True)
        free.set()
        line.patience = 30
        return late, await line.ask(IMAGES[:2])

    late, good = asyncio.run(asyncio.wait_for(main(), 60))
    assert [one.status for one in late] == [504] * 3 and len(good) == 2
    assert sizes == [1, 2]  # the first was being computed; the two behind it were dropped


def test_a_caller_that_left_is_not_computed_for():
    slow, sizes, free = gate()

    async def main():
        line = batcher.Batcher(slow, size=1, patience=30)
        line.start()
        first, gone = (asyncio.create_task(line.ask(IMAGES[:1])) for _ in range(2))
        await until(lambda: sizes)
        gone.cancel()
        await asyncio.sleep(0.01)
        free.set()
        await first
        return await line.ask(IMAGES[:3])

    assert len(asyncio.run(asyncio.wait_for(main(), 60))) == 3 and sizes == [1, 3]


def test_a_model_that_fails_answers_all_and_goes_on():
    broken = [True]

    def sometimes(images):
        if broken:
            broken.clear()
            raise ZeroDivisionError("by design")
        return images

    async def main():
        line = batcher.Batcher(sometimes, size=32, wait=0.2)
        line.start()
        failed = await asyncio.gather(*[line.ask(IMAGES[:1]) for _ in range(3)], return_exceptions=True)
        return failed, await line.ask(IMAGES[:2])

    failed, good = asyncio.run(asyncio.wait_for(main(), 60))
    assert [type(one) for one in failed] == [ZeroDivisionError] * 3 and len(good) == 2


@pytest.mark.parametrize("many", [0, 5])
def test_stop_answers_what_is_in_line(many):
    async def main():
        line = batcher.Batcher(lambda images: images, size=2)
        line.start()
        asking = [asyncio.create_task(line.ask(IMAGES[:1])) for _ in range(many)]
        await asyncio.sleep(0)
        line.stop()
        got = await asyncio.gather(*asking)
        await asyncio.get_running_loop().run_in_executor(None, line.thread.join, 30)
        return got, line.thread.is_alive()

    got, alive = asyncio.run(asyncio.wait_for(main(), 60))
    assert len(got) == many and not alive
