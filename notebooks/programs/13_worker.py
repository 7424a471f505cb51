"""A worker of a `tf.data` service: it reads and parses the files that the dispatcher hands it.

With a port it is a standby: it waits until nobody holds that port, and takes the place.
"""

import sys

import tensorflow as tf

from lepton_helpers.nodes import processes

dispatcher, port = sys.argv[1], int(sys.argv[2])  # port 0: any that is free
print("stands by")
if port:
    processes.wait_until_free(port)
service = tf.data.experimental.service
server = service.WorkerServer(service.WorkerConfig(
    dispatcher_address=f"localhost:{dispatcher}", port=port, heartbeat_interval_ms=200,
    dispatcher_timeout_ms=120_000))
print("port", server._server.bound_port())  # where %port% in its address came from
server.join()
