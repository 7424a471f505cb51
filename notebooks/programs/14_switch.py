"""A switch between processes: each has a network card of its own, so many bytes a second each way.

    14_switch.py RATE LATENCY     bytes a second of each card, seconds of each wire; prints its port

A caller says who it is, whom it calls and at which port; what follows is forwarded both ways. A card
sends one block at a time; a block arrives LATENCY later, where the other card takes one at a time too.
Whoever says 65535 gets the bytes that each card has sent, as JSON. One process, no threads.
"""

import contextlib
import heapq
import itertools
import json
import select
import socket
import struct
import sys
import time

BLOCK, AHEAD, ASKS = 16_384, 0.02, 65_535  # bytes, seconds that a card reads ahead, a question
RATE, LATENCY = float(sys.argv[1]), float(sys.argv[2])

cards = {}      # number: [when its sending side is free, when its receiving side is free, bytes sent]
ways = {}       # socket that may send: (socket behind, card that sends, card that receives)
waiting = {}    # socket: bytes that are due, which its buffer did not take
over = set()    # sockets that nothing more will be sent to
events = []     # (when, order, receiving card that must still take it or None, socket, block)
order = itertools.count()


def greet(peer):
    """Connect a caller with whom it calls, or answer its question."""
    hello = b""
    while len(hello) < 6 and (block := peer.recv(6 - len(hello))):
        hello += block
    if len(hello) < 6:
        return peer.close()
    source, target, port = struct.unpack("<3H", hello)
    if source == ASKS:
        peer.sendall(json.dumps({card: sent for card, (_, _, sent) in cards.items()}).encode())
        return peer.close()
    behind = socket.create_connection(("127.0.0.1", port), 30)
    for one, other, pair in ((peer, behind, (source, target)), (behind, peer, (target, source))):
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        one.setblocking(False)
        ways[one] = (other, *pair)
        cards.setdefault(pair[0], [0.0, 0.0, 0])


def take(peer, now):
    """A block from the sender's card: when will its last byte arrive?"""
    behind, source, target = ways[peer]
    try:
        block = peer.recv(BLOCK)
    except (BlockingIOError, ConnectionError) as error:
        block = None if isinstance(error, BlockingIOError) else b""
    if block is None:
        return
    if not block:  # the sender has hung up: what it has sent still arrives
        del ways[peer]
    card = cards[source]
    card[0] = max(now, card[0]) + len(block) / RATE
    card[2] += len(block)
    heapq.heappush(events, (card[0] + LATENCY, next(order), target, behind, block))


def deliver(peer, block=b""):
    """Hand over what is due, as much as the buffer takes; an end of the stream when all is handed over."""
    content = waiting.pop(peer, b"") + block
    try:
        content = content[peer.send(content):] if content else b""
    except BlockingIOError:
        pass
    except OSError:
        content = b""
    if content:
        waiting[peer] = content
    elif peer in over:
        with contextlib.suppress(OSError):
            peer.shutdown(socket.SHUT_WR)


def due(now):
    """Move every block whose time has come: through the receiving card, then to the receiver."""
    while events and events[0][0] <= now:
        when, _, target, peer, block = heapq.heappop(events)
        if target is None:
            over.update([] if block else [peer])
            deliver(peer, block)
            continue
        card = cards[target]  # it has taken this block in while it came, unless another was in its way
        card[1] = max(when, card[1] + len(block) / RATE)
        heapq.heappush(events, (card[1], next(order), None, peer, block))


with socket.create_server(("127.0.0.1", 0), backlog=64) as door:
    print(door.getsockname()[1], flush=True)
    while True:
        now = time.perf_counter()
        due(now)
        free = [peer for peer, (_, source, _) in ways.items() if cards[source][0] < now + AHEAD]
        pause = min([events[0][0] - now] if events else [1.0])
        if len(free) < len(ways):
            pause = min(pause, AHEAD / 4)
        readers, writers, _ = select.select([door, *free], list(waiting), [], max(pause, 0))
        now = time.perf_counter()
        for peer in writers:
            deliver(peer)
        for peer in readers:
            if peer is door:
                greet(door.accept()[0])
            elif peer in ways:
                take(peer, now)
