//! Everything that reads a text or a file of others, and what it must hold.

use std::sync::Arc;

use crate::domain::call::{Calls, CallsBuilder};
use crate::domain::invoice::{DiscountStep, TaxRule};
use crate::domain::ledger::{Balance, Posting};
use crate::domain::money::{Amount, Exact, Units};
use crate::domain::period::{Day, Instant, Period, Span, Zone};
use crate::edge::lake::schema::{from_batch, postings_batch, to_batch};
use crate::edge::render::document_from_json;
use crate::edge::source::{
    Body, CallContext, FileReport, LedgerContext, PartyRows, QuoteReader, QuoteText, Refused, SourceError, TableFormat,
    TraceRow, format_of_calls, line_span, parse_book, parse_sheet, read_accounts, read_balances, read_calls, read_keys,
    read_postings, read_row, read_span, read_table, read_text, read_trace,
};

/// Something that reads bytes, and what it usually gets.
pub(super) struct Reader {
    pub(super) name: &'static str,
    pub(super) seeds: &'static [&'static [u8]],
    /// Reads it, and fails where what it says cannot be.
    pub(super) read: fn(&[u8]),
}

macro_rules! seeds {
    ($($path:literal),* $(,)?) => { &[$(include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/", $path))),*] };
}

const CALLS_CSV: &[u8] = b"call_id,account_id,model,started_at,usage.input_tokens,usage.output_tokens,charge\n\
    c-1,alice,gpt-5.5,2026-10-05T10:00:00+08:00,3000,800,0.0195\n\
    c-2,\"a, \"\"b\"\"\",gpt-5.5,2026-10-05T10:00:00Z,,1,\n";
const POSTINGS: &[u8] = br#"{"posting_id":"p-1","account_id":"alice","kind":"usage","amount":"-0.0195","unit":"CNY","posted_at":"2026-10-05T10:00:03+08:00","call_id":"c-1","attempt":1,"money":"1","currency":"EUR","models":["a","b"],"valid_from":"2026-10-05T10:00:03Z"}
{"posting_id":"p-2","account_id":"alice","kind":"top_up","amount":5,"unit":"credit","posted_at":1759637000}
"#;
const BALANCES: &[u8] =
    b"account_id,unit,at,balance,wallet\nalice,CNY,2026-10-05T10:00:03+08:00,-1.5,main\nbob,KWD,2026-10-06T00:00:00Z,10,\n";
const ACCOUNTS: &[u8] =
    b"account_id,name,email,mode,currency,tax,volume_discount,commitment,low_balance,country,from\n\
    alice,Alice,a@example.com,prepaid,EUR,standard:19,1000:5;5000:10,100,10%,DE,2026-10-01\n\
    bob,Bob,,postpaid,CNY,inclusive:6,,,500,CN,\n";
const KEYS: &[u8] =
    b"api_key_id,account_id,quota,quota_unit,expires_at,status\nk-1,alice,100000,token,2026-12-01,enabled\n\
    k-2,bob,,,,disabled\n";
const BOOK: &[u8] = br#"[book]
id = "b"
unit = "CNY"
rounding = { at = "call", mode = "half_up", scale = 6 }
[[version]]
effective_from = "2026-10-01T00:00:00+08:00"
[[version.price]]
model = "gpt-5.5"
input = { rate = "2.5", per = 1000000 }
tiers = [{ input_above = 200000, input = { rate = "5", per = 1000000 } }]
windows = [{ from = "16:30", until = "00:30", zone = "UTC", days = ["mon"], multiplier = "0.5" }]
[[version.multiplier]]
group = "vip"
value = "0.9"
"#;
const TEXTS: &[u8] =
    b"1000:5;5000:10\ninclusive:6\n0.04/3600\n2026-10-05T10:00:00+08:00\n48h\n2026-W40\nAsia/Shanghai\n-1.5\n";

pub(super) const READERS: &[Reader] = &[
    Reader {
        name: "calls",
        seeds: &[
            include_bytes!("../../fixtures/operator/calls.jsonl"),
            include_bytes!("../../fixtures/gateways/trueup/calls.jsonl"),
            include_bytes!("../../fixtures/gateways/trueup/table.csv"),
            CALLS_CSV,
            POSTINGS,
        ],
        read: calls,
    },
    Reader {
        name: "parquet",
        seeds: seeds!(
            "compat/2026-11-30-72f2559/lake/tables/postings/2026-10-27/e3d6260147596fdad7ed7b8f554fc359.parquet",
            "compat/2026-11-30-72f2559/lake/tables/postings/2026-10-30/285a04df06c4bb1b66cbbfb38261f87d.parquet",
        ),
        read: parquet,
    },
    Reader { name: "postings", seeds: &[POSTINGS, BALANCES], read: postings },
    Reader { name: "balances", seeds: &[BALANCES, POSTINGS], read: balances },
    Reader { name: "accounts", seeds: &[ACCOUNTS, KEYS], read: accounts },
    Reader { name: "keys", seeds: &[KEYS, ACCOUNTS], read: keys },
    Reader { name: "book", seeds: &[BOOK, include_bytes!("../../fixtures/operator/prices.toml")], read: book },
    Reader { name: "sheet", seeds: seeds!("tables/sheet/table.csv"), read: sheet },
    Reader {
        name: "tables",
        seeds: seeds!(
            "tables/litellm/table.json",
            "tables/genai-prices/table.json",
            "tables/new-api/table.json",
            "tables/portkey/table.json",
            "tables/langfuse/table.json",
        ),
        read: tables,
    },
    Reader {
        name: "quotes",
        seeds: seeds!("tables/litellm/rows.jsonl", "tables/genai-prices/rows.jsonl", "tables/new-api/rows.jsonl"),
        read: quotes,
    },
    Reader {
        name: "documents",
        seeds: seeds!("documents/invoice-usage.json", "documents/credit-note.json", "documents/statement-zh.json"),
        read: documents,
    },
    Reader { name: "texts", seeds: &[TEXTS], read: texts },
];

fn body(bytes: &[u8]) -> Body {
    Body::from_vec(bytes.to_vec())
}

/// Every row is taken, refused or set aside, and once.
fn counted<T>(read: impl Fn(&mut dyn FnMut(T)) -> Result<FileReport, SourceError>) -> Vec<T> {
    let mut rows = Vec::new();
    let in_words = |told: &Result<FileReport, SourceError>| format!("{told:?}");
    let told = read(&mut |row| rows.push(row));
    let mut again = 0u64;
    assert_eq!(in_words(&told), in_words(&read(&mut |_| again += 1)), "asked again, it says the same");
    let Ok(report) = told else { return Vec::new() };
    assert_eq!((rows.len() as u64, again), (report.accepted, report.accepted));
    assert_eq!(report.rows_read, report.accepted + report.rejects.len() as u64 + report.aside.values().sum::<u64>());
    assert!(report.rejects.iter().all(|reject| !reject.reason.is_empty() && reject.line > 0));
    rows
}

fn calls(bytes: &[u8]) {
    let context = CallContext { source: "gateway".into(), unit: Some("CNY".into()), ..CallContext::default() };
    let rows = counted(|mut sink| read_calls(body(bytes), &context, &mut sink));
    let mut builder = CallsBuilder::default();
    rows.iter().for_each(|call| builder.push(call));
    let stored = Calls::from_batch(builder.finish().batch().clone()).expect("what is taken can be stored");
    assert_eq!(stored.len(), rows.len());
    let _ = format_of_calls(body(bytes), "calls.jsonl");
    let at = bytes.len() as u64 / 2;
    let _ = (read_row(body(bytes), at), read_span(body(bytes), at, 80), line_span(body(bytes), 3));
}

fn parquet(bytes: &[u8]) {
    calls(bytes);
    postings(bytes);
    balances(bytes);
    let _ = read_trace(body(bytes), |_: TraceRow| Ok::<(), SourceError>(()));
}

fn postings(bytes: &[u8]) {
    let rows: Vec<Posting> = counted(|mut sink| read_postings(body(bytes), &LedgerContext::default(), &mut sink));
    assert_eq!(from_batch::<Posting>(&postings_batch(&rows)).expect("what is taken can be stored"), rows);
}

fn balances(bytes: &[u8]) {
    let rows: Vec<Balance> = counted(|mut sink| read_balances(body(bytes), &LedgerContext::default(), &mut sink));
    assert_eq!(from_batch::<Balance>(&to_batch(&rows)).expect("what is taken can be stored"), rows);
}

fn told<T: PartialEq + std::fmt::Debug>(read: impl Fn() -> Result<PartyRows<T>, Refused>) {
    assert_eq!(format!("{:?}", read().map_err(|e| e.to_string())), format!("{:?}", read().map_err(|e| e.to_string())));
}

fn accounts(bytes: &[u8]) {
    told(|| read_accounts(body(bytes), None, &Arc::default(), "accounts.csv"));
}

fn keys(bytes: &[u8]) {
    told(|| read_keys(body(bytes), None, "keys.csv"));
}

fn book(bytes: &[u8]) {
    let Ok(text) = read_text(body(bytes)) else { return };
    if let Err(errors) = parse_book(&text, "book.toml") {
        assert!(!errors.to_string().is_empty());
    }
}

fn sheet(bytes: &[u8]) {
    let Ok(text) = read_text(body(bytes)) else { return };
    if let Err(errors) = parse_sheet(&text, "book.csv", "book") {
        assert!(!errors.to_string().is_empty());
    }
}

fn tables(bytes: &[u8]) {
    let Ok(text) = read_text(body(bytes)) else { return };
    let formats = [
        TableFormat::LiteLlm,
        TableFormat::GenaiPrices,
        TableFormat::NewApi,
        TableFormat::Portkey,
        TableFormat::Langfuse,
    ];
    let named = TableFormat::of("table.json", &text);
    for format in formats.into_iter().filter(|format| *format == named || text.len() < 4096) {
        let _ = read_table(format, &text, "table.json");
    }
}

fn quotes(bytes: &[u8]) {
    let Ok(mut text) = QuoteText::open(body(bytes)) else { return };
    let mut reader = QuoteReader::default();
    while let Ok(Some(lines)) = text.next_lines() {
        reader.read(&lines, &mut |row| {
            if let Err(wrong) = row {
                assert!(!wrong.message.is_empty());
            }
        });
    }
}

fn documents(bytes: &[u8]) {
    let _ = document_from_json(bytes);
}

fn texts(bytes: &[u8]) {
    for text in String::from_utf8_lossy(bytes).split('\n').take(40) {
        if let Ok(amount) = text.parse::<Amount>() {
            assert_eq!(amount.to_string().parse::<Amount>().ok(), Some(amount));
        }
        if let Ok(at) = Instant::parse(text) {
            assert_eq!(Instant::parse(&at.to_string()).ok(), Some(at));
        }
        if let Some(day) = Day::parse(text) {
            assert_eq!(Day::parse(&day.to_string()), Some(day));
        }
        let _ = (text.parse::<Exact>(), Span::parse(text), Period::parse(text), Zone::parse(text));
        let _ = (DiscountStep::parse_all(text), TaxRule::parse(text), Units::default());
    }
}
