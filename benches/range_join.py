"""The same charges by SQL and by data frames: the price in force at a call's start, in whole numbers.

Reads DIR/calls.parquet and DIR/prices.parquet; writes one line a contender and repetition:
name, seconds by the clock, seconds of processor time, the sum of all charges. Only the join and the
writing of a charge a call into memory are timed; both tables are in memory before.
"""

import sys
import time

CHARGE = """
    calls.input * prices.input + calls.cache_read * prices.cache_read
    + (calls.output + calls.reasoning) * prices.output
"""
JOINS = {
    "range join": """
        select prices.version, {charge} as charge from calls
        join prices on calls.model = prices.model
            and calls.started_at >= prices.since and calls.started_at < prices.until""",
    "as-of join": """
        select prices.version, {charge} as charge from calls
        asof join prices on calls.model = prices.model and calls.started_at >= prices.since""",
}


def timed(name, work, total, repeat):
    for _ in range(repeat):
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(name, wall, cpu, total(result), sep="\t", flush=True)


def duckdb_times(folder, repeat):
    import duckdb

    for threads in (1, 2):
        db = duckdb.connect(config={"threads": threads, "preserve_insertion_order": False})
        for table in ("calls", "prices"):
            db.execute(f"create table {table} as select * from '{folder}/{table}.parquet'")
        for join, sql in JOINS.items():

            def work():
                db.execute("create or replace temp table charges as " + sql.format(charge=CHARGE))

            def total(_):
                return db.execute("select sum(charge::hugeint) from charges").fetchone()[0]

            timed(f"DuckDB {duckdb.__version__}, {join}, {threads} threads", work, total, repeat)


def polars_times(folder, repeat):
    import polars as pl

    calls = pl.read_parquet(f"{folder}/calls.parquet")
    prices = pl.read_parquet(f"{folder}/prices.parquet").sort("since")

    def work():
        ordered = calls.sort("started_at")
        joined = ordered.join_asof(prices, left_on="started_at", right_on="since", by="model", suffix="_price")
        return joined.select(
            "version",
            charge=pl.col("input") * pl.col("input_price")
            + pl.col("cache_read") * pl.col("cache_read_price")
            + (pl.col("output") + pl.col("reasoning")) * pl.col("output_price"),
        )

    def total(charges):
        return sum(charges["charge"].to_list())

    timed(f"Polars {pl.__version__}, as-of join, {pl.thread_pool_size()} threads", work, total, repeat)


def main():
    folder, repeat = sys.argv[1], int(sys.argv[2])
    for times in (duckdb_times, polars_times):
        try:
            times(folder, repeat)
        except ImportError as missing:
            print("missing", missing.name, sep="\t", flush=True)


main()
