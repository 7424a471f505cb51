"""Requests in line for one model: what waits together is computed together, and no wait is endless."""

import asyncio
import queue
import threading
import time

import numpy as np

from lepton_serving.protocol import RequestError

MAX_WAITING = 256  # requests in line


class Batcher:
    """One thread computes; as long as it is busy, requests gather, and it takes them together.

    `predict(images)` is called with at most `size` images (more if one request holds more). `wait`: seconds
    that a request waits for others when the thread is free. `patience`: seconds until an answer must be
    there. `seen(images)` is told how many images each batch held.
    """

    def __init__(self, predict, size=32, wait=0.0, patience=5.0, seen=lambda images: None):
        self.predict, self.size, self.wait, self.patience, self.seen = predict, size, wait, patience, seen
        self.line, self.waiting, self.loop = queue.SimpleQueue(), 0, None
        self.thread = threading.Thread(target=self._work, daemon=True, name="batcher")

    def start(self):
        """Begin to compute; answers go to the event loop that runs now."""
        self.loop = asyncio.get_running_loop()
        self.thread.start()

    def stop(self):
        """End the thread when what is in line has been answered."""
        self.line.put(None)

    async def ask(self, images):
        """Probabilities for `images`; `RequestError` 503 if too many wait, 504 if it takes too long."""
        if self.waiting >= MAX_WAITING:
            raise RequestError(503, f"{MAX_WAITING} requests are waiting already; try again later.")
        answer = self.loop.create_future()
        late = self.loop.call_later(self.patience, self._late, answer)
        self.waiting += 1
        self.line.put((images, answer))
        try:
            return await answer
        finally:
            self.waiting -= 1
            late.cancel()

    def _late(self, answer):
        if not answer.done():
            answer.set_exception(RequestError(504, f"no answer within {self.patience:g} s; try again later."))

    def _gathered(self, first):
        """A batch that begins with `first`, what did not fit into it, and whether the line has ended."""
        batch, count, end = [first], len(first[0]), time.monotonic() + self.wait
        while count < self.size:
            try:
                left = end - time.monotonic()
                one = self.line.get(timeout=left) if left > 0 else self.line.get_nowait()
            except queue.Empty:
                return batch, None, False
            if one is None:
                return batch, None, True
            if count + len(one[0]) > self.size:
                return batch, one, False
            batch.append(one)
            count += len(one[0])
        return batch, None, False

    def _work(self):
        held = ended = None
        while not ended:
            first = held or self.line.get()
            if first is None:
                return
            batch, held, ended = self._gathered(first)
            batch = [one for one in batch if not one[1].done()]  # late ones, and callers that are gone
            if not batch:
                continue
            try:
                made = self.predict(np.concatenate([images for images, _ in batch]))
            except Exception as error:  # noqa: BLE001  whatever the model raises is these requests' answer
                made = error
            self.seen(sum(len(images) for images, _ in batch))
            self.loop.call_soon_threadsafe(self._answer, batch, made)

    def _answer(self, batch, made):
        place = 0
        for images, answer in batch:
            if answer.done():
                pass
            elif isinstance(made, Exception):
                answer.set_exception(made)
            else:
                answer.set_result(made[place:place + len(images)])
            place += len(images)
