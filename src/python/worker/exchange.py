"""The file format that carries every number; src/python/exchange.ts describes its layout."""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any

import numpy as np

MAGIC = b"SPENC\x00\x01\n"
HEADER_START = 48
ALIGNMENT = 8
DTYPES = {
    "float32": np.dtype("<f4"),
    "float64": np.dtype("<f8"),
    "int32": np.dtype("<i4"),
    "int64": np.dtype("<i8"),
    "bool": np.dtype("bool"),
}
# JavaScript reads every JSON number as a double.
LARGEST_INTEGER = 2**53 - 1


class ExchangeError(ValueError):
    """A message that the format cannot carry, or bytes that are not a whole and unchanged message."""


def encode(meta: Any, tensors: dict[str, np.ndarray | np.generic]) -> bytes:
    """Serialises a message. Raises ExchangeError if something would not arrive unchanged."""
    check_meta(meta)
    table: list[dict[str, Any]] = []
    payload: list[Any] = []
    end = 0
    for name, tensor in tensors.items():
        if not isinstance(name, str) or not isinstance(tensor, (np.ndarray, np.generic)):
            raise ExchangeError(f"{name!r} maps to a {type(tensor).__name__}; expected a name and a numpy array")
        dtype = DTYPES.get(tensor.dtype.name)
        if dtype is None:
            raise ExchangeError(f"the tensor {name!r} has dtype {tensor.dtype}; known are {', '.join(DTYPES)}")
        offset = align(end)
        payload.append(bytes(offset - end))
        payload.append(np.ascontiguousarray(tensor, dtype=dtype).reshape(-1).view(np.uint8).data)
        end = offset + tensor.nbytes
        table.append(
            {
                "name": name,
                "dtype": tensor.dtype.name,
                "shape": list(tensor.shape),
                "offset": offset,
                "bytes": tensor.nbytes,
            }
        )
    header = json.dumps({"meta": meta, "tensors": table}, allow_nan=False, separators=(",", ":")).encode()
    header = header.ljust(align(len(header)))
    digest = hashlib.sha1(header, usedforsecurity=False)
    for part in payload:
        digest.update(part)
    sizes = struct.pack("<QQ", HEADER_START + len(header) + end, len(header))
    return b"".join([MAGIC, sizes, digest.digest(), bytes(4), header, *payload])


def decode(data: bytes | bytearray) -> tuple[Any, dict[str, np.ndarray]]:
    """Reads a message; its arrays are views into data, writable if data is."""
    if len(data) < HEADER_START or data[:8] != MAGIC:
        raise ExchangeError(f"not an exchange file of this version ({len(data)} bytes)")
    length, header_length = struct.unpack_from("<QQ", data, 8)
    if length != len(data):
        raise ExchangeError(f"the file should have {length} bytes and has {len(data)}")
    if hashlib.sha1(memoryview(data)[HEADER_START:], usedforsecurity=False).digest() != data[24:44]:
        raise ExchangeError("wrong checksum: the file was changed after it was written")
    start = HEADER_START + header_length
    if start > length:
        raise ExchangeError("the header is longer than the file")
    try:
        header = json.loads(bytes(memoryview(data)[HEADER_START:start]))
        tensors = {entry["name"]: read_tensor(entry, data, start) for entry in header["tensors"]}
        meta = header["meta"]
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ExchangeError(f"the header is malformed: {error!r}") from error
    if len(tensors) != len(header["tensors"]):
        raise ExchangeError("a tensor occurs twice")
    return meta, tensors


def read_tensor(entry: dict[str, Any], data: bytes | bytearray, start: int) -> np.ndarray:
    name, shape, size = entry["name"], entry["shape"], entry["bytes"]
    dtype = DTYPES.get(entry["dtype"])
    if dtype is None:
        raise ExchangeError(f"the tensor {name!r} has dtype {entry['dtype']}; known are {', '.join(DTYPES)}")
    count = 1
    for dimension in shape:
        count *= dimension
    if any(dimension < 0 for dimension in shape) or size != count * dtype.itemsize:
        raise ExchangeError(f"the tensor {name!r} ({dtype}) has {size} bytes, which do not fit its shape {shape}")
    if entry["offset"] < 0 or start + entry["offset"] + size > len(data):
        raise ExchangeError(f"the tensor {name!r} lies outside the file")
    tensor = np.frombuffer(data, dtype=dtype, count=count, offset=start + entry["offset"]) if count else np.empty(0, dtype)
    if dtype == np.bool_ and (tensor.view(np.uint8) > 1).any():
        raise ExchangeError(f"the tensor {name!r} is bool but holds values other than 0 and 1")
    return tensor.reshape(shape)


def check_meta(value: Any, path: str = "meta") -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise ExchangeError(f"{path} has the key {key!r}; JSON keys are strings")
            check_meta(item, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            check_meta(item, f"{path}.{index}")
    elif isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise ExchangeError(f"{path} is {value}, which JavaScript would round; send it as an int64 tensor")
    elif isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise ExchangeError(f"{path} is {value}, which JSON cannot carry; send it as a tensor")
    elif value is not None and not isinstance(value, str):
        raise ExchangeError(f"{path} is a {type(value).__name__}, not a JSON value; send arrays as tensors")


def align(position: int) -> int:
    return -(-position // ALIGNMENT) * ALIGNMENT
