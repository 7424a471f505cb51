"""A consumer of a `tf.data` service: it joins a job and reports which images it got."""

import json
import sys
import time

from lepton_helpers.data import records
from lepton_helpers.quiet import tf

dispatcher, job, pause, *files = sys.argv[1:]
dataset = tf.data.Dataset.from_tensor_slices(files).interleave(
    tf.data.TFRecordDataset, cycle_length=1, num_parallel_calls=1)
dataset = dataset.batch(128).map(records.parse).apply(tf.data.experimental.service.distribute(
    processing_mode=tf.data.experimental.service.ShardingPolicy.DYNAMIC, job_name=job,
    service=f"grpc://127.0.0.1:{dispatcher}", max_outstanding_requests=2))
seen, longest, last = [], 0.0, None
for _, numbers in dataset:
    now = time.perf_counter()
    longest = max(longest, now - (last or now))
    if not seen:
        print("ready", flush=True)
    seen += numbers.numpy().tolist()
    time.sleep(float(pause))
    last = time.perf_counter()
print(json.dumps({"seen": seen, "longest wait": longest}))
