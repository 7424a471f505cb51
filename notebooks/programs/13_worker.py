"""A worker of a `tf.data` service: it reads and parses the files that the dispatcher hands it.

With a port it is a standby: it waits until nobody holds that port, and takes the place.
"""

import socket
import sys
import time

import tensorflow as tf


def taken(port):
    """Whether somebody listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


dispatcher, port = sys.argv[1], int(sys.argv[2])  # port 0: any that is free
print("stands by")
while port and taken(port):
    time.sleep(0.05)
service = tf.data.experimental.service
server = service.WorkerServer(service.WorkerConfig(
    dispatcher_address=f"localhost:{dispatcher}", port=port, heartbeat_interval_ms=200,
    dispatcher_timeout_ms=120_000))
print("port", server._server.bound_port())  # where %port% in its address came from
server.join()
