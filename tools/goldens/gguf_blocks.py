"""Blocks of every grouped type of GGUF files and their values, as the gguf package reads them.

Writes Tests/Goldens/gguf/TYPE.bin: random blocks, then their values as fp32. Scales are random finite fp16
numbers of either sign, and in the last blocks zeros, subnormal numbers and the largest.
"""

import argparse
import random

import numpy
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize

from . import common

# Where a block has fp16 scales, and how many random blocks there are before the special ones.
TYPES = {
    "Q4_0": ([0], 32), "Q4_1": ([0, 2], 32), "Q5_0": ([0], 32), "Q5_1": ([0, 2], 32), "Q8_0": ([0], 32),
    "Q2_K": ([80, 82], 8), "Q3_K": ([108], 8), "Q4_K": ([0, 2], 8), "Q5_K": ([0, 2], 8), "Q6_K": ([208], 8),
    "IQ4_NL": ([0], 32), "IQ4_XS": ([0], 8), "MXFP4": ([], 0),
}  # fmt: skip
SPECIAL_HALVES = [0x0000, 0x8000, 0x0001, 0x8001, 0x03FF, 0x0400, 0x7BFF, 0xFBFF]


def blocks(name: str) -> bytes:
    scales, count = TYPES[name]
    size = GGML_QUANT_SIZES[GGMLQuantizationType[name]][1]
    generator = random.Random(f"gguf {name}")
    if name == "MXFP4":
        # Every exponent.
        return b"".join(bytes([exponent]) + generator.randbytes(size - 1) for exponent in range(256))
    result = bytearray()
    for index in range(count + len(SPECIAL_HALVES)):
        block = bytearray(generator.randbytes(size))
        for place, offset in enumerate(scales):
            if index < count:
                half = generator.randrange(0x7C00) | generator.choice([0, 0x8000])
            else:
                half = SPECIAL_HALVES[(index + 3 * place) % len(SPECIAL_HALVES)]
            block[offset : offset + 2] = half.to_bytes(2, "little")
        result += block
    return bytes(result)


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    common.check_versions("gguf", "numpy")
    folder = common.GOLDENS / "gguf"
    folder.mkdir(parents=True, exist_ok=True)
    for name in TYPES:
        data = blocks(name)
        type_number = GGMLQuantizationType[name]
        rows = numpy.frombuffer(data, dtype=numpy.uint8).reshape(-1, GGML_QUANT_SIZES[type_number][1])
        with numpy.errstate(over="ignore"):
            values = dequantize(rows, type_number)
        (folder / f"{name}.bin").write_bytes(data + values.astype("<f4").tobytes())
        print(f"wrote Tests/Goldens/gguf/{name}.bin")


if __name__ == "__main__":
    main()
