"""Ranks of a collective: processes that hold a connection to each other, and three ways to add among them.

`start` is called by the first process: it starts the ranks, which `connect`. A node that speaks MPI has
the same `exchange`, so that each algorithm below runs over both.
"""

import select
import socket
import struct
import subprocess
import sys

import numpy as np

PATIENCE = 60  # seconds that any wait may last


class Node:
    """One of `ranks` processes; counts the bytes and messages that it sends."""

    def __init__(self, rank, ranks):
        self.rank, self.ranks, self.peers, self.sent, self.messages = rank, ranks, {}, 0, 0

    def exchange(self, to=None, out=None, source=None, into=None):
        """Send array `out` to one rank and fill array `into` from another, both at once, without a thread."""
        give, take = (memoryview(a).cast("B") if a is not None else b"" for a in (out, into))
        self.sent, self.messages = self.sent + len(give), self.messages + bool(give)
        while give or take:
            before = len(give) + len(take)
            if give:
                give = give[self.send(to, give):]
            if take:
                take = take[self.receive(source, take):]
            if len(give) + len(take) == before:  # nothing moved: sleep until something can
                self.wait([self.peers[source]] if take else [], [self.peers[to]] if give else [])

    def send(self, to, content):
        try:
            return self.peers[to].send(content)
        except BlockingIOError:
            return 0

    def receive(self, source, room):
        try:
            count = self.peers[source].recv_into(room)
        except BlockingIOError:
            return 0
        if not count:
            raise ConnectionError(f"rank {source} has gone")
        return count

    def wait(self, readers, writers):
        if not any(select.select(readers, writers, [], PATIENCE)):
            raise TimeoutError(f"rank {self.rank} waited {PATIENCE} s for another")


class MpiNode(Node):
    """The same over MPI's own point-to-point messages."""

    def __init__(self, mpi):
        self.comm, self.none = mpi.COMM_WORLD, mpi.PROC_NULL
        self.here = mpi.IN_PLACE
        super().__init__(self.comm.rank, self.comm.size)

    def exchange(self, to=None, out=None, source=None, into=None):
        self.sent += out.nbytes if out is not None else 0
        self.messages += out is not None
        self.comm.Sendrecv(out, self.none if to is None else to, 0,
                           into, self.none if source is None else source, 0)


def naive(node, x):
    """Rank 0 gathers and adds all arrays, then sends the sum to everyone."""
    if node.rank:
        node.exchange(to=0, out=x)
        node.exchange(source=0, into=x)
        return
    other = np.empty_like(x)
    for rank in range(1, node.ranks):
        node.exchange(source=rank, into=other)
        x += other
    for rank in range(1, node.ranks):
        node.exchange(to=rank, out=x)


def doubling(node, x):
    """Partners at distance 1, 2, 4 ... swap whole sums; ranks beyond a power of two fold in first."""
    other, power = np.empty_like(x), 1 << (node.ranks.bit_length() - 1)
    mate = node.rank + power if node.rank < power else node.rank - power
    if node.rank >= power:
        node.exchange(to=mate, out=x)
        return node.exchange(source=mate, into=x)
    if mate < node.ranks:
        node.exchange(source=mate, into=other)
        x += other
    for step in range(power.bit_length() - 1):
        partner = node.rank ^ (1 << step)
        node.exchange(partner, x, partner, other)
        x += other
    if mate < node.ranks:
        node.exchange(to=mate, out=x)


def ring(node, x):
    """Each piece travels once around to be added, and once more to be told."""
    pieces = np.array_split(x, node.ranks)
    right, left = (node.rank + 1) % node.ranks, (node.rank - 1) % node.ranks
    other = np.empty_like(pieces[0])
    for turn in range(2 * (node.ranks - 1)):
        out, into = pieces[(node.rank - turn) % node.ranks], pieces[(node.rank - turn - 1) % node.ranks]
        if turn < node.ranks - 1:
            node.exchange(right, out, left, other[:into.size])
            into += other[:into.size]
        else:
            node.exchange(right, out, left, into)


def call(port, *hello):
    """A connection to a port on loopback, with some small numbers said first."""
    peer = socket.create_connection(("127.0.0.1", port), PATIENCE)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    peer.sendall(struct.pack(f"<{len(hello)}H", *hello))
    return peer


def heard(peer, count):
    """So many small numbers from a connection."""
    content = b""
    while len(content) < 2 * count:
        block = peer.recv(2 * count - len(content))
        if not block:
            raise ConnectionError("the other side has gone")
        content += block
    return struct.unpack(f"<{count}H", content)


def connect(rank, ranks, desk, switch=0):
    """The `Node` of a rank that was started by `start`; over the switch at port `switch` if there is one."""
    node = Node(rank, ranks)
    with socket.create_server(("127.0.0.1", 0), backlog=ranks) as door:
        door.settimeout(PATIENCE)
        with call(desk, rank, door.getsockname()[1]) as host:
            ports = heard(host, ranks)
        for other in range(rank):  # lower ranks are called, higher ranks call
            hello = (rank, other, ports[other], rank) if switch else (rank,)
            node.peers[other] = call(switch or ports[other], *hello)
        while len(node.peers) < ranks - 1:
            peer, _ = door.accept()
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            node.peers[heard(peer, 1)[0]] = peer
    for peer in node.peers.values():
        peer.setblocking(False)
    return node


def start(program, ranks, task):
    """Start `ranks` processes of `program`, tell each the others' ports, wait; their worst exit code."""
    with socket.create_server(("127.0.0.1", 0), backlog=ranks) as desk:
        desk.settimeout(PATIENCE)
        children = [subprocess.Popen([sys.executable, program, task, str(rank), str(desk.getsockname()[1])])
                    for rank in range(ranks)]
        hosts, ports = [], {}
        for _ in range(ranks):
            host, _ = desk.accept()
            rank, port = heard(host, 2)
            hosts.append(host)
            ports[rank] = port
        for host in hosts:
            host.sendall(struct.pack(f"<{ranks}H", *(ports[rank] for rank in range(ranks))))
            host.close()
    return max(abs(child.wait()) for child in children)
