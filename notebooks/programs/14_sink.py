"""Take messages over any number of connections; answer each whole one with one byte. Prints its port.

A message is its length in four bytes, then so many bytes. One process, no threads.
"""

import select
import socket
import struct

left = {}  # connection: bytes that its message still lacks, or what has come of the length

with socket.create_server(("127.0.0.1", 0)) as door:
    print(door.getsockname()[1], flush=True)
    while True:
        for peer in select.select([door, *left], [], [])[0]:
            if peer is door:
                left[door.accept()[0]] = b""
                continue
            want = left[peer]
            block = peer.recv(min(want, 65_536) if isinstance(want, int) else 4 - len(want))
            if not block:
                del left[peer]
                peer.close()
            elif isinstance(want, int):
                left[peer] = want - len(block) or b""
                if left[peer] == b"":
                    peer.sendall(b"!")
            else:
                head = want + block
                left[peer] = struct.unpack("<I", head)[0] if len(head) == 4 else head
