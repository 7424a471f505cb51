"""A worker of a `tf.data` service: it reads and parses."""

import sys

from lepton_helpers.quiet import tf

service = tf.data.experimental.service
service.WorkerServer(service.WorkerConfig(
    dispatcher_address=f"127.0.0.1:{sys.argv[1]}", port=int(sys.argv[2]),
    worker_address=f"127.0.0.1:{sys.argv[2]}", heartbeat_interval_ms=200, dispatcher_timeout_ms=20_000)).join()
