use proptest::prelude::*;

use super::super::record::json::Cursor;
use super::super::record::value::Value;
use super::*;

const HEADER: &str = "call_id,account_id,model,started_at,usage.input_tokens,charge\n";

fn csv(rows: &str) -> (Vec<Call>, FileReport) {
    calls(format!("{HEADER}{rows}"))
}

#[test]
fn lines_end_as_they_like() {
    let check = |text: String, rows: usize| {
        let (read, report) = calls(text.clone());
        assert_eq!((read.len(), report.rejects.len()), (rows, 0), "{text:?}");
        for call in read {
            let row = read_row(Body::from_vec(text.clone().into()), call.offset).unwrap();
            assert!(row.starts_with('{') && row.ends_with('}') || row.starts_with("c-1,"), "{row:?}");
        }
    };
    check(String::new(), 0);
    check("\n \r\n\t\n".into(), 0);
    check(ROW.into(), 1);
    check(format!("{ROW}\n{ROW}"), 2);
    check(format!("{ROW}\r\n{ROW}\r\n"), 2);
    check(format!("\u{feff}{ROW}\n\n  \n{ROW}\n\n"), 2);
    check(format!("\n\n{ROW}\n"), 1);
    check(HEADER.into(), 0);
    check(format!("\u{feff}{}\r\nc-1,a,m,2026-10-01T00:00:00Z,1,2\r\n\r\n", HEADER.trim_end()), 1);
}

#[test]
fn a_file_that_is_none_is_refused_whole() {
    let check = |bytes: &[u8], expect: &str| {
        let said = try_calls(bytes).unwrap_err();
        assert!(said.is_input() && said.to_string().contains(expect), "{said}");
    };
    check(b"\x00\x01\x02", "it has NUL bytes");
    check(b"{\"a\":1}\n\x00\n", "it has NUL bytes");
    check(b"\xff\xfe{\0", "is UTF-16 text");
    check(b"\x89PNG\r\n\x1a\n garbage", "is not UTF-8 text");
    check(b"PK\x03\x04\x14\0\0\0", "is a zip archive");
    check(b"[{\"call_id\":1}", "is not JSON: expected , or ]");
    check(b"hello world\n", "is neither JSON Lines nor CSV of calls");
    check(b"call_id|account_id|model|started_at\n", "is neither JSON Lines nor CSV of calls");
    check(b"call_id,account_id,model\nc,a,m\n", "has no column started_at");
    check(b"call_id,account_id,model,started_at,model\n", "names the column model twice");
    check(b"call_id,\"account_id\n", "neither JSON nor a CSV header");
    check(b"PAR1", "damaged Parquet");
    check(b"PAR1 and then something PAR1", "damaged Parquet");
    check(b"PARE", "encrypted Parquet");
}

#[test]
fn rows_may_lie_in_a_list_a_page_or_over_several_lines() {
    let spread = ROW.replace(',', ",\n  ");
    let page = format!("{{\"total\":2,\"data\":[{ROW},{ROW}]}}");
    for text in
        [format!("[{ROW},\n{spread}]"), page.clone(), page.replace("[{", "[\n{"), format!("{spread}\n{spread}\n")]
    {
        let (read, report) = calls(text.clone());
        assert_eq!((read.len(), report.rejects.len()), (2, 0), "{text}");
    }
    let (read, report) = calls(format!("[{ROW}, 7, {{\"call_id\": 1}}]"));
    assert_eq!((read.len(), report.rejects.len()), (1, 2));
}

/// A spreadsheet of another country separates cells by semicolons, and its numbers have commas: the cells are read,
/// such a number is not.
#[test]
fn cells_may_be_separated_by_semicolons_and_tabs() {
    let table = "call_id;account_id;model;started_at;charge\nc-1;acme;\"a; b\";2026-10-05T10:00:00Z;0.5\n";
    for text in [table.to_owned(), table.replace("a; b", "a\tb").replace(';', "\t").replace("a\tb", "a b")] {
        let (read, report) = calls(text);
        assert_eq!((read.len(), told(&report)), (1, Vec::new()));
        assert_eq!(read[0].charge.unwrap().to_string(), "0.5");
    }
    assert_eq!(calls(table.to_owned()).0[0].model, "a; b");
    for number in ["0,5", "1.234,56", "1,234"] {
        let (read, report) = calls(table.replace("0.5", number));
        assert_eq!(read.len(), 0);
        assert!(told(&report)[0].contains("its comma separates decimals or thousands"), "{:?}", told(&report));
    }
}

/// Exports that write the mark of UTF-8 once more before their first row once made it a part of the first id.
#[test]
fn the_mark_of_utf8_is_no_part_of_a_row() {
    for text in [
        format!("\u{feff}\u{feff}{ROW}\n\u{feff}{ROW}\n"),
        "\u{feff}call_id,account_id,model,started_at\n\u{feff}c-1,a,m,2026-10-01T00:00:00Z\nc-2,a,m,2026-10-01T00:00:00Z\n".into(),
    ] {
        let (read, report) = calls(text);
        assert_eq!((read.len(), told(&report)), (2, Vec::new()));
        assert!(read.iter().all(|call| call.call_id.is_ascii()), "{}", read[0].call_id);
    }
}

#[test]
fn a_table_is_read_as_a_database_writes_it() {
    let table = "call_id,account_id,model,started_at,stream\n\
                 c-1,a,m,2026-10-05 12:00:00.745232+02,t\nc-2,a,m,2026-10-05 12:00:00-0330,f\n";
    let (read, report) = calls(table.to_owned());
    assert_eq!(told(&report), Vec::<String>::new());
    assert_eq!(read[0].started_at.to_string(), "2026-10-05T10:00:00.745232Z");
    assert_eq!(read[1].started_at.to_string(), "2026-10-05T15:30:00Z");
    assert_eq!([read[0].stream, read[1].stream], [Some(true), Some(false)]);
    assert_eq!(told(&calls(table.replace("-0330", "-03:3")).1).len(), 1);
}

#[test]
fn a_first_row_in_two_lines_costs_only_itself() {
    let (read, report) = calls(format!("{{\"call_id\":\"c\"\n}}\n{ROW}\n{ROW}\n"));
    assert_eq!((read.len(), report.rejects.len()), (2, 2));
}

#[test]
fn cells_are_read_by_their_column() {
    let (read, report) =
        csv("c-1,\"Smith, \"\"A\"\"\",m,2026-10-01T00:00:00Z,42.0,1e-2\nc-2,a,m,2026-10-01T00:00:00Z,,\n");
    assert_eq!(told(&report), Vec::<String>::new());
    assert_eq!(read[0].account_id, "Smith, \"A\"");
    assert_eq!(read[0].usage.as_ref().unwrap().total_input(), 42);
    assert_eq!(read[0].charge.unwrap().to_string(), "0.01");
    assert_eq!((&read[1].usage, read[1].charge), (&None, None));
    let header = "started_at,model,account_id,call_id,stream,batch,note,other,usage\n";
    let (read, report) =
        calls(format!("{header}2026-10-01T00:00:00Z,m,a,1,TRUE,false,x,,\n2026-10-01T00:00:00Z,m,a,2,,,,,{{}}\n"));
    assert_eq!((read[0].stream, read[0].batch, read.len()), (Some(true), false, 1));
    assert_eq!(report.unknown.into_iter().collect::<Vec<_>>(), [("note".to_owned(), 1)]);
    assert_eq!((report.rejects[0].field.as_ref(), report.rejects.len()), ("usage", 1));
}

#[test]
fn a_broken_row_costs_no_other() {
    let good = "c,a,m,2026-10-01T00:00:00Z,1,2";
    let check = |row: &str, expect: &str| {
        let text = format!("{good}\n{row}\n{good}\n{good}\n");
        let (read, report) = csv(&text);
        assert_eq!(read.len(), 3, "{row}");
        let offset = HEADER.len() + good.len() + 1;
        assert_eq!(told(&report), [format!("3 {offset} {} {expect}", row.len())]);
        let shown = read_span(Body::from_vec(format!("{HEADER}{text}").into()), offset as u64, row.len() as u64);
        assert_eq!(shown.unwrap(), row);
    };
    check("c,a,m", ": has 3 cells where the header has 6");
    check("c,a,m,2026-10-01T00:00:00Z,1,2,", ": has 7 cells where the header has 6");
    check("c,\"a,m,2026-10-01T00:00:00Z,1,2", ": has a quote that is not closed");
    check("c,a\"b,m,2026-10-01T00:00:00Z,1,2", ": has a quote inside a cell that is not quoted");
    check("c,\"a\"b,m,2026-10-01T00:00:00Z,1,2", ": has text after a closing quote");
    check("c,a,m,2026-10-01T00:00:00Z,x,2", "usage.input_tokens: is not a whole number");
    check("c,,m,2026-10-01T00:00:00Z,1,2", "account_id: is missing");
    check("c,\"a\nb\",m,2026-10-01T00:00:00Z,1,2", ": has an end of line inside quotes");
    // What stands between the quotes looks like a row, and is none.
    check(&format!("c,\"a\n{good}\nb\",m,2026-10-01T00:00:00Z,1,2"), ": has an end of line inside quotes");
}

#[test]
fn a_quote_far_from_its_end_is_not_lost_at_a_block() {
    let good = "c,a,m,2026-10-01T00:00:00Z,1,2\n";
    for lead in [1, 33_820, 33_824, 33_825, 33_826, 40_000] {
        let text = format!("{}c,\"a\nb\",m,2026-10-01T00:00:00Z,1,2\n{}", good.repeat(lead), good.repeat(10));
        let (read, report) = csv(&text);
        assert_eq!((read.len(), report.rejects.len()), (lead + 10, 1), "{lead}");
        assert_eq!(report.rejects[0].line as usize, lead + 2);
        assert_eq!(report.rejects[0].reason, "has an end of line inside quotes");
    }
    let stray = format!("c,\"a,m,2026-10-01T00:00:00Z,1,2\n{}", good.repeat(100_000));
    assert!(matches!(try_calls(format!("{HEADER}{stray}")), Err(SourceError::NotRows(_))));
    let (read, report) = csv(&format!("c,\"a,m,2026-10-01T00:00:00Z,1,2\n{}", good.repeat(100)));
    assert_eq!((read.len(), report.rejects.len()), (100, 1));
}

#[test]
fn rows_not_in_utf8_are_rejects() {
    let mut text = format!("{ROW}\n").into_bytes();
    text.extend_from_slice(b"{\"call_id\":\"\xff\"}\n");
    text.extend_from_slice(ROW.as_bytes());
    let (read, report) = calls(text);
    assert_eq!((read.len(), told(&report)), (2, vec![format!("2 {} 15 : is not UTF-8 text", ROW.len() + 1)]));
}

#[test]
fn rows_are_found_again_across_blocks() {
    let row = |i: usize| ROW.replace("c-1", &format!("c-{i}-{}", "x".repeat(i * 7919 % 900)));
    let text: String = (0..6000).map(|i| row(i) + if i % 3 == 0 { "\r\n" } else { "\n" }).collect();
    assert!(text.len() > 3 << 20);
    let (read, report) = calls(text.clone());
    assert_eq!((read.len(), report.rejects.len()), (6000, 0));
    for (i, call) in read.iter().enumerate() {
        let at = call.offset as usize;
        assert!(text[at..].starts_with(&row(i)));
    }
    let body = Body::from_vec(gzip(text.as_bytes()));
    assert_eq!(read_row(body, read[5000].offset).unwrap(), row(5000));
}

#[test]
fn a_row_beyond_measure_is_a_reject() {
    for size in [MAX_ROW, 40 << 20] {
        let long = format!("{{\"call_id\":\"{}\"}}", "x".repeat(size));
        let (read, report) = calls(format!("{ROW}\n{long}\n{ROW}\n"));
        assert_eq!(read.len(), 2);
        let [reject] = &report.rejects[..] else { panic!() };
        assert_eq!((reject.line, reject.length), (2, long.len() as u64));
        assert_eq!(reject.hash, xxhash_rust::xxh3::xxh3_64(long.as_bytes()));
        assert!(reject.reason.contains("is longer than"));
        assert_eq!(read[1].offset as usize, ROW.len() + long.len() + 2);
    }
}

/// JSON and what is nearly JSON.
fn nearly_json() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{".to_owned()),
        Just("}".into()),
        Just("[".into()),
        Just("]".into()),
        Just(",".into()),
        Just(":".into()),
        Just("\"a\"".into()),
        Just("\"b\\n\"".into()),
        Just("null".into()),
        Just("true".into()),
        Just(" ".into()),
        "-?[0-9]{0,2}(\\.[0-9]{0,2})?([eE][+-]?[0-9]{0,2})?",
        "\"[a-z\\\\\"u0-9\u{1}é]{0,12}\"",
        "[ -~]{0,2}",
    ];
    let value = prop_oneof![
        Just("1".to_owned()),
        Just("\"x\"".into()),
        Just("[]".into()),
        Just("{\"k\":[1,{}]}".into()),
        Just("-0.5e+3".into()),
        Just("false".into()),
        Just("\"\\u00e9\\ud83d\\ude00\"".into()),
    ];
    let members = proptest::collection::vec(("[a-d]{1,3}", value), 0..4).prop_map(|members| {
        let members: Vec<_> = members.iter().map(|(k, v)| format!("\"{k}\" : {v}")).collect();
        format!("{{{}}}", members.join(","))
    });
    prop_oneof![members, proptest::collection::vec(piece, 0..10).prop_map(|p| p.concat())]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]
    #[test]
    fn the_scanner_agrees_with_serde_json(text in nearly_json()) {
        let mut cursor = Cursor::new(&text);
        let ours = cursor.value().and_then(|value| cursor.end().map(|()| value));
        let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text);
        prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{} {:?} {:?}", text, ours, theirs);
        if let (Ok(value), Ok(serde_json::Value::String(expect))) = (ours, serde_json::from_str(&text)) {
            let read = match value {
                Value::Text(text) => text.to_owned(),
                Value::Escaped(raw) => super::super::record::raw_text::unescape(raw).unwrap(),
                other => panic!("{other:?}"),
            };
            prop_assert_eq!(read, expect);
        }
    }

    #[test]
    fn any_text_of_a_cell_comes_back(cells in proptest::collection::vec("[ -~é]{1,20}", 3)) {
        prop_assume!(cells.iter().all(|c| !c.trim().is_empty()));
        let quoted: Vec<_> = cells.iter().map(|c| format!("\"{}\"", c.replace('"', "\"\""))).collect();
        let (read, report) = csv(&format!("{},2026-10-01T00:00:00Z,,\n", quoted.join(",")));
        prop_assert_eq!(told(&report), Vec::<String>::new());
        prop_assert_eq!([&read[0].call_id, &read[0].account_id, &read[0].model], [&cells[0], &cells[1], &cells[2]]);
    }
}
