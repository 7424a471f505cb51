"""The dispatcher of a `tf.data` service: it hands out files, and keeps a journal of what it handed out.

With a port it is a standby: it waits until nobody holds that port, and takes the place.
"""

import sys

import tensorflow as tf

from lepton_helpers.nodes import processes

port, journal = int(sys.argv[1]), sys.argv[2]  # port 0: any that is free
print("stands by")
if port:
    processes.wait_until_free(port)
service = tf.data.experimental.service
server = service.DispatchServer(service.DispatcherConfig(port=port, work_dir=journal, fault_tolerant_mode=True))
print("port", server.target.rpartition(":")[2])
server.join()
