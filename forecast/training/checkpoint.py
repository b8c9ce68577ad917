"""Checkpoints of fits: what a fit needs to go on as if it had never stopped.

A checkpoint is one safetensors file a fit: tensors, and one JSON text in its metadata with what is
no tensor and a digest of the rest. It is replaced in one rename, and not flushed to the disk: a
process that is killed leaves it whole, and after a power cut a file that is not whole is passed
over, so that its fit begins again, which leads to the same weights. A checkpoint is no bundle.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from forecast.storage.file_names import file_name
from forecast.storage.write import replace_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SUFFIX = ".checkpoint"
KEY, LENGTH_BYTES = "checkpoint", 8


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """State of one fit: tensors by name, and facts that JSON can hold."""

    tensors: Mapping[str, Tensor]
    facts: Mapping[str, Any]


class Checkpoints(Protocol):
    """Where the fits of a run keep their checkpoints."""

    def load(self, fit: str) -> Checkpoint | None:
        """Return the latest checkpoint of a fit; None where there is none."""

    def save(self, fit: str, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint in place of the one before."""


class CheckpointFolder:
    """Checkpoints as files of a folder, such as ``gru-fold-1-of-3.checkpoint``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, fit: str) -> Checkpoint | None:
        """Return the latest checkpoint of a fit; None where there is none that is whole."""
        try:
            return _decode(self._path(fit).read_bytes())
        except FileNotFoundError:
            return None

    def save(self, fit: str, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint in place of the one before.

        Raises
        ------
        WriteError
            If the system refuses.
        """
        replace_bytes(self._path(fit), _encode(checkpoint))

    def ended(self) -> frozenset[str]:
        """Return the fits that came to their end."""
        found = (_decode(path.read_bytes()) for path in self.folder.glob(f"*{SUFFIX}"))
        facts = [checkpoint.facts for checkpoint in found if checkpoint is not None]
        done = [each["records"] for each in facts if each.get("stopped") and each.get("records")]
        return frozenset(str(records[0]["fit"]) for records in done)

    def clear(self) -> None:
        """Remove all checkpoints."""
        for path in self.folder.glob(f"*{SUFFIX}"):
            path.unlink()

    def _path(self, fit: str) -> Path:
        return self.folder / (file_name(fit) + SUFFIX)


def _encode(checkpoint: Checkpoint) -> bytes:
    tensors = {
        name: value.detach().cpu().contiguous() for name, value in checkpoint.tensors.items()
    }
    text = json.dumps(checkpoint.facts)
    return save(tensors, metadata={KEY: text, "digest": _digest(tensors, text)})


def _decode(data: bytes) -> Checkpoint | None:
    """Read a checkpoint; None where a byte of it is not as it was written."""
    try:
        tensors = load(data)
        length = int.from_bytes(data[:LENGTH_BYTES], "little")
        metadata = json.loads(data[LENGTH_BYTES : LENGTH_BYTES + length])["__metadata__"]
        text, digest = metadata[KEY], metadata["digest"]
    except (SafetensorError, ValueError, KeyError):
        return None
    return Checkpoint(tensors, json.loads(text)) if digest == _digest(tensors, text) else None


def _digest(tensors: Mapping[str, Tensor], text: str) -> str:
    found = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        value = tensors[name]
        found.update(f"{name} {value.dtype} {list(value.shape)}".encode())
        found.update(value.reshape(-1).view(torch.uint8).numpy().data)
    return found.hexdigest()
