"""Count the bytes that arrive over so many connections, one after the other."""

import socket
import sys

with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as door:
    for _ in range(int(sys.argv[2])):
        peer, _ = door.accept()
        total = 0
        while block := peer.recv(65536):
            total += len(block)
        print(total, flush=True)
