"""The dispatcher of a `tf.data` service: it hands out files, and keeps a journal of what it handed out.

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


port, journal = int(sys.argv[1]), sys.argv[2]  # port 0: any that is free
print("stands by")
while port and taken(port):
    time.sleep(0.05)
service = tf.data.experimental.service
server = service.DispatchServer(service.DispatcherConfig(port=port, work_dir=journal, fault_tolerant_mode=True))
print("port", server.target.rpartition(":")[2])
server.join()
