"""A consumer of a `tf.data` service: it takes part in passes, and tells which images it got, and when.

An order for a pass is a file in the folder `gate`: {"policy", "job", "late", "pause"}.
"""

import json
import sys
import time
from pathlib import Path

import tensorflow as tf

dispatcher, gate, batch, *files = sys.argv[1:]
service = tf.data.experimental.service
fields = {"image": tf.io.FixedLenFeature([], tf.string), "label": tf.io.FixedLenFeature([], tf.int64)}
dataset = tf.data.Dataset.from_tensor_slices(files).interleave(tf.data.TFRecordDataset, cycle_length=1)
dataset = dataset.batch(int(batch)).map(lambda records: tf.io.parse_example(records, fields))
print("ready")
while True:
    for path in sorted(Path(gate).glob("*.json")):
        order = json.loads(path.read_text())
        path.unlink()
        time.sleep(order["late"])
        shared = dataset.apply(service.distribute(
            service.ShardingPolicy[order["policy"]], f"grpc://localhost:{dispatcher}", job_name=order["job"],
            max_outstanding_requests=2))
        print("begins", order["job"])
        error = ""
        try:
            for part in shared:
                print(f"{order['job']}: {json.dumps([time.monotonic(), part['label'].numpy().tolist()])}")
                time.sleep(order["pause"])
        except tf.errors.OpError as raised:
            error = type(raised).__name__
        print(f"{order['job']} ends", error)
    time.sleep(0.01)
