"""The dispatcher of a `tf.data` service: it hands out files."""

import sys

from lepton_helpers.quiet import tf

service = tf.data.experimental.service
config = service.DispatcherConfig(port=int(sys.argv[1]), job_gc_check_interval_ms=1000)
service.DispatchServer(config).join()
