"""Reads DIR/read.json with exact numbers and does nothing with it: name, seconds, processor seconds, models."""

import json
import sys
import time
from decimal import Decimal

folder, repeat = sys.argv[1], int(sys.argv[2])
for _ in range(repeat):
    wall, cpu = time.perf_counter(), time.process_time()
    with open(f"{folder}/read.json", encoding="utf-8") as file:
        table = json.load(file, parse_float=Decimal)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print("Python's json, reading only", wall, cpu, len(table), sep="\t", flush=True)
