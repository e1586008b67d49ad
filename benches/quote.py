"""The same amounts by SQL: DIR/rows.jsonl joined with DIR/prices.csv, written as JSON lines.

Prints a line a contender and repetition: name, seconds by the clock, seconds of processor time, the sum.
"""

import sys
import time

QUOTES = """
    copy (
        select id,
            (usage.input_tokens - usage.cache_read_tokens) * prices.input
                + usage.cache_read_tokens * prices.cache_read + usage.output_tokens * prices.output as amount
        from read_json('{folder}/rows.jsonl', format = 'newline_delimited') calls
        join read_csv('{folder}/prices.csv') prices on calls.model = prices.model
    ) to '{folder}/duckdb.jsonl' (format json)
"""


def main():
    folder, repeat = sys.argv[1], int(sys.argv[2])
    try:
        import duckdb
    except ImportError as missing:
        print("missing", missing.name, sep="\t", flush=True)
        return
    for threads in (1, 2):
        db = duckdb.connect(config={"threads": threads})
        for _ in range(repeat):
            wall, cpu = time.perf_counter(), time.process_time()
            db.execute(QUOTES.format(folder=folder))
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            total = db.execute(f"select sum(amount::hugeint) from read_json('{folder}/duckdb.jsonl')").fetchone()[0]
            print(f"DuckDB {duckdb.__version__}, {threads} threads", wall, cpu, total, sep="\t", flush=True)


main()
