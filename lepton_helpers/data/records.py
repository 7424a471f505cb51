"""TFRecord shards: images and labels in files that a pipeline can read side by side."""

from pathlib import Path

import numpy as np

from lepton_helpers import data, progress
from lepton_helpers.quiet import tf

FEATURES = {"image": tf.io.FixedLenFeature([], tf.string), "label": tf.io.FixedLenFeature([], tf.int64)}


def write(images, labels, folder, shards=8, compression=""):
    """Write uint8 images `(n, height, width)` and integer labels as shards; returns their paths.

    compression: "" or "GZIP". Each record carries the image's bytes and its label, TFRecord adds a
    checksum. A shard takes its name when it is whole. Raises `DataError` if numbers differ.
    """
    data.check(images, labels, where="the images to write")
    folder, paths = Path(folder), []
    folder.mkdir(parents=True, exist_ok=True)
    for shard in progress.bar(range(shards), desc="shards"):
        path = folder / f"part-{shard:03}-of-{shards:03}.tfrecord{'.gz' if compression else ''}"
        part = path.with_suffix(".part")
        try:
            with tf.io.TFRecordWriter(str(part), compression) as out:
                for image, label in zip(images[shard::shards], labels[shard::shards], strict=True):
                    out.write(tf.train.Example(features=tf.train.Features(feature={
                        "image": tf.train.Feature(bytes_list=tf.train.BytesList(value=[image.tobytes()])),
                        "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[int(label)])),
                    })).SerializeToString())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        paths.append(str(path))
    return paths


def parse(batch, shape=(28, 28)):
    """A batch of serialized records as float32 images in [0, 1] and labels."""
    fields = tf.io.parse_example(batch, FEATURES)
    pixels = tf.reshape(tf.io.decode_raw(fields["image"], tf.uint8), (-1, *shape))
    return tf.cast(pixels, tf.float32) / 255, fields["label"]


def verify(paths, compression="", size=28 * 28):
    """Count the records of each shard; `DataError` names the shard and the record that is damaged."""
    counts = []
    for path in paths:
        count = 0
        try:
            for record in tf.data.TFRecordDataset(path, compression).as_numpy_iterator():
                image = tf.io.parse_single_example(record, FEATURES)["image"].numpy()
                if len(image) != size:
                    raise data.DataError(f"{Path(path).name}: record {count} holds {len(image)} pixels, not "
                                         f"{size}; the shard was written for other images.")
                count += 1
        except (tf.errors.DataLossError, tf.errors.InvalidArgumentError) as error:
            raise data.DataError(f"{Path(path).name} is cut or damaged after record {count}: its checksum or "
                                 "format fails there; write the shard again.") from error
        except tf.errors.NotFoundError as error:
            raise data.DataError(f"{path} is missing; write the shards again.") from error
        counts.append(count)
    return np.array(counts)
