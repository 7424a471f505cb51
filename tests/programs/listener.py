"""Listen on a port of loopback and never answer."""

import socket
import sys
import threading

with socket.create_server(("127.0.0.1", int(sys.argv[1]))):
    print("listening")
    threading.Event().wait()
