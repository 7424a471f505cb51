"""A program that never ends by itself."""

import threading

threading.Event().wait()
