//! How many documents a second: `cargo bench --bench documents -- [COUNT] [THREADS]`.
//!
//! Half statements, half invoices, each of another customer with other figures. Prints the time to
//! total them (40 lines each, a graduated discount, tax), to read them into tables and to typeset
//! them, and the peak of memory after each tenth of them, which must stop growing.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a bench measures and prints")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};
use trueup::domain::invoice::{DiscountStep, MoneyTerms, TaxRule, total_up};
use trueup::domain::money::Amount;
use trueup::edge::render::document_tables;
use trueup::edge::render::pdf::{FontSettings, Renderer};

const STATEMENT: &str = include_str!("../fixtures/documents/statement.json");
const INVOICE: &str = include_str!("../fixtures/documents/invoice-usage.json");

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|arg| arg.parse::<usize>().ok());
    let count = numbers.next().unwrap_or(10_000);
    let threads = numbers.next().unwrap_or(2).max(1);
    let patterns: [Value; 2] = [STATEMENT, INVOICE].map(|text| serde_json::from_str(text).expect("a fixture"));

    let started = Instant::now();
    let gross = totals(count);
    report("totalled, one thread", count, started);
    println!("  {gross} in all");

    let started = Instant::now();
    let documents: Vec<Vec<u8>> = (0..count).map(|n| document(&patterns[n % 2], n)).collect();
    let bytes: usize = documents.iter().map(Vec::len).sum();
    println!("{count} documents made, {} MB of JSON, {:.1} s", bytes / 1_000_000, started.elapsed().as_secs_f64());

    let started = Instant::now();
    let rows: usize =
        documents.iter().flat_map(|d| document_tables(d).expect("tables")).map(|t| t.table.rows.len()).sum();
    report("read into tables, one thread", count, started);
    println!("  {rows} rows");

    let renderer = Renderer::new(&FontSettings::default(), None).expect("fonts");
    let started = Instant::now();
    let next = AtomicUsize::new(0);
    let size = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let Some(document) = documents.get(n) else { break };
                    size.fetch_add(renderer.render(document).expect("a PDF").len(), Ordering::Relaxed);
                    if (n + 1).is_multiple_of((count / 10).max(1)) {
                        println!(
                            "  {:>6} documents, {:.1} s, peak {} MB",
                            n + 1,
                            started.elapsed().as_secs_f64(),
                            peak()
                        );
                    }
                }
            });
        }
    });
    report(&format!("typeset as PDF/A-3b, {threads} threads"), count, started);
    println!("  {} KB a document, peak {} MB", size.load(Ordering::Relaxed) / count.max(1) / 1000, peak());
}

/// What so many invoices of 40 lines come to, discount and tax included.
fn totals(count: usize) -> Amount {
    let terms = MoneyTerms {
        minor_units: 2,
        tax: TaxRule::parse("standard:19").expect("a rule"),
        discount: DiscountStep::parse_all("1000:5;5000:10").expect("steps"),
        commitment: None,
    };
    // Micros, as lines of usage are.
    let line = |n: usize, i: usize| Amount::from_raw(((n * 31 + i * 17) * 1_009 % 99_999_991) as i128 * 10i128.pow(12));
    let one = |n: usize| {
        let lines: Option<Vec<Amount>> = (0..40).map(|i| line(n, i)).collect();
        total_up(&lines?, &[], &terms, Amount::ZERO).map(|t| t.totals.total)
    };
    (0..count)
        .map(|n| one(n).expect("within bounds"))
        .fold(Amount::ZERO, |sum, total| sum.checked_add(total).expect("within bounds"))
}

/// The pattern with another customer, number and figures.
fn document(pattern: &Value, n: usize) -> Vec<u8> {
    let mut value = pattern.clone();
    value["number"] = json!(format!("DOC-2026-{n:06}"));
    value["customer"]["account_id"] = json!(format!("account-{n}"));
    value["customer"]["name"] = json!(format!("Customer {n} of {} Street", n * 7919 % 1000));
    for list in ["/lines", "/statement/by_day", "/statement/by_model", "/statement/by_key"] {
        for (i, row) in value.pointer_mut(list).and_then(Value::as_array_mut).into_iter().flatten().enumerate() {
            let figure = n * 31 + i * 17;
            for member in ["quantity_calls", "calls", "input_tokens", "output_tokens"] {
                if row.get(member).is_some() {
                    row[member] = json!(figure * 1009 % 9_999_991);
                }
            }
            for member in ["amount", "usage_amount"] {
                if row.get(member).is_some() {
                    row[member] = json!(format!("{}.{:06}", figure % 90_000, figure * 7 % 1_000_000));
                }
            }
        }
    }
    serde_json::to_vec(&value).expect("JSON")
}

fn report(what: &str, count: usize, started: Instant) {
    let seconds = started.elapsed().as_secs_f64();
    println!("{what}: {seconds:.2} s, {:.0} documents a second", count as f64 / seconds);
}

/// Most memory this process ever held, in MB; 0 where the system does not tell.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|l| l.split_whitespace().nth(1)).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1024
}
