"""Event files of TensorBoard, read back: records with their lengths and checksums, each an Event."""

import struct
from pathlib import Path

from tensorboardX.crc32c import crc32c
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData


def events(folder: Path) -> list[Event]:
    """All events of the one file in `folder`."""
    (path,) = (path for path in folder.iterdir() if path.is_file())
    data, found = path.read_bytes(), []
    while data:
        head, (length, check) = data[:8], struct.unpack("<QI", data[:12])
        body = data[12 : 12 + length]
        assert check == _masked(head)
        assert struct.unpack("<I", data[12 + length : 16 + length])[0] == _masked(body)
        found.append(Event.FromString(body))
        data = data[16 + length :]
    return found


def scalars(folder: Path, tag: str) -> list[tuple[int, float, float]]:
    """Step, value and time of each scalar of this tag."""
    return [
        (event.step, value.simple_value, event.wall_time)
        for event in events(folder)
        for value in event.summary.value
        if value.tag == tag
    ]


def hparams(folder: Path, tag: str) -> HParamsPluginData:
    """What the HParams view is told under this tag."""
    (value,) = (value for event in events(folder) for value in event.summary.value if value.tag == f"_hparams_/{tag}")
    return HParamsPluginData.FromString(value.metadata.plugin_data.content)


def _masked(data: bytes) -> int:
    check = crc32c(data) & 0xFFFFFFFF
    return (((check >> 15) | (check << 17)) + 0xA282EAD8) & 0xFFFFFFFF
