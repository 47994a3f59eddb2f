"""Records of an event file as TensorBoard's own writer makes them. Prints JSON.

usage: python tensorboard-events.py > tensorboard-events.golden.json     (tensorboard 2.20)
"""

import io
import json

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import crc32c
from tensorboard.summary.writer.record_writer import RecordWriter

SECONDS = 1764000000.25


def record(event):
    stream = io.BytesIO()
    stream.close = lambda: None
    RecordWriter(stream).write(event.SerializeToString())
    return stream.getvalue().hex()


def scalars(step, values):
    summary = Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])
    return Event(wall_time=SECONDS, step=step, summary=summary)


values = {"train/loss": 1.5, "train/learningRate": 0.0, "größe": -2.25e-7}
print(
    json.dumps(
        {
            "seconds": SECONDS,
            "values": values,
            "version": record(Event(wall_time=SECONDS, file_version="brain.Event:2")),
            "restart": record(
                Event(wall_time=SECONDS, step=300, session_log=SessionLog(status=SessionLog.START))
            ),
            "first": record(scalars(0, values)),
            "later": record(scalars(123456789, values)),
            "crc": {text: int(crc32c(text.encode())) for text in ("", "a", "123456789")},
        },
        indent=2,
        ensure_ascii=False,
    )
)
