use super::*;
use crate::domain::call::{Meter, Outcome};
use crate::domain::period::Zone;

/// A row with the four required fields and one more member.
fn with(member: &str) -> String {
    let comma = if member.is_empty() { "" } else { "," };
    format!(r#"{{"call_id":"c","account_id":"a","model":"m","started_at":"2026-10-01T08:00:00+08:00"{comma}{member}}}"#)
}

fn accepted(member: &str) -> Call {
    let (mut calls, report) = calls(with(member));
    assert_eq!(told(&report), Vec::<String>::new(), "{member}");
    calls.remove(0)
}

fn rejected(row: &str, field: &str, reason: &str) {
    let (_, report) = calls(format!("{row}\n"));
    let [reject] = &report.rejects[..] else { panic!("accepted: {row}") };
    assert_eq!(reject.field, field, "{row}\n{}", reject.reason);
    assert!(reject.reason.contains(reason), "{row}\n{}", reject.reason);
    assert_eq!((reject.line, reject.offset, reject.length), (1, 0, row.len() as u64));
    assert_eq!(reject.hash, xxhash_rust::xxh3::xxh3_64(row.as_bytes()));
}

#[test]
fn a_whole_row_is_read() {
    let row = r#"{"call_id":"c-1","account_id":"alice","model":"gpt-x","started_at":"2026-10-01T08:00:00.1234567+08:00",
        "attempt":2,"ended_at":"2026-10-01T00:00:03Z","api_key_id":"k","provider":"openai","model_served":"gpt-x-1",
        "endpoint":"chat","status":200,"outcome":"cancelled","stream":true,"service_tier":"flex",
        "service_tier_requested":"Auto","batch":true,"region":"eu","group":"vip","estimated":true,"gateway_cache":"hit",
        "upstream_cost":0.01,"row_version":7,"trace_id":"t","charge":"0.0195","charge_unit":"USD","balance_after":-1e-3,
        "context":{"speed":"fast","route":"eu;1"},
        "usage":{"input_tokens":3000,"cache_read_tokens":1000,"output_tokens":800,"image_size":"512"}}"#;
    let (calls, report) = calls(row.replace('\n', ""));
    let call = &calls[0];
    assert_eq!((call.source.as_str(), call.attempt, call.file, call.offset), ("gateway", 2, 3, 0));
    assert_eq!(call.started_at.to_string(), "2026-10-01T00:00:00.123456Z");
    assert_eq!(call.ended_at.to_string(), "2026-10-01T00:00:03Z");
    assert_eq!((call.status, call.outcome, call.stream), (Some(200), Outcome::Cancelled, Some(true)));
    assert_eq!((call.service_tier.as_deref(), call.service_tier_requested.as_deref()), (Some("flex"), None));
    assert!(call.batch && call.estimated && call.cache_hit);
    assert_eq!(call.context.as_deref(), Some("route=eu%3B1;speed=fast"));
    assert_eq!((call.charge, call.balance_after), ("0.0195".parse().ok(), "-0.001".parse().ok()));
    assert_eq!(call.charge_unit.as_deref(), Some("USD"));
    let usage = call.usage.as_ref().unwrap();
    assert_eq!((usage.get(Meter::Input), usage.get(Meter::CacheRead), usage.total_tokens()), (2000, 1000, 3800));
    assert_eq!(usage.image_size.as_deref(), Some("512"));
    assert_eq!((report.unknown.len(), report.rounded), (0, 0));
}

#[test]
fn a_context_is_an_object_of_texts() {
    assert_eq!(accepted(r#""context":{}"#).context, None);
    assert_eq!(accepted(r#""context":{"speed":null}"#).context, None);
    assert_eq!(accepted(r#""context":" speed=fast; ""#).context.as_deref(), Some("speed=fast"));
    for odd in [r#"{"speed":1}"#, r#"{"a":"x","a":"y"}"#, r#"["speed"]"#, r#"{"a":{"b":"c"}}"#, r#""fast""#, "1"] {
        rejected(&with(&format!("\"context\":{odd}")), "context", "");
    }
}

#[test]
fn what_is_left_out_has_its_default() {
    let call = accepted("");
    assert_eq!((call.attempt, call.ended_at, call.outcome), (1, call.started_at, Outcome::Ok));
    assert_eq!((call.usage, call.charge, call.stream), (None, None, None));
    assert_eq!(call.charge_unit.as_deref(), Some("CNY"));
    for name in ["attempt", "ended_at", "status", "stream", "usage", "charge", "charge_unit", "region", "batch"] {
        assert_eq!(accepted(&format!("\"{name}\":null")), accepted(""), "{name}");
    }
}

#[test]
fn values_are_read_as_what_they_are() {
    let charge = |text: &str| accepted(&format!("\"charge\":{text}")).charge.unwrap().to_string();
    assert_eq!(charge("\"0.0195\""), "0.0195");
    assert_eq!(charge("1.95e-2"), "0.0195");
    assert_eq!(charge("-0"), "0");
    assert_eq!(charge("0.1"), "0.1");
    assert_eq!(charge("-0.008907"), "-0.008907");
    assert_eq!(charge("123456789012345.000000000000000001"), "123456789012345.000000000000000001");
    for count in ["42", "42.0", "4.2e1", "420e-1"] {
        assert_eq!(accepted(&format!("\"usage\":{{\"images\":{count}}}")).usage.unwrap().get(Meter::Image), 42);
    }
    for tier in ["default", "Standard", "AUTO", ""] {
        assert_eq!(accepted(&format!("\"service_tier\":\"{tier}\"")).service_tier, None);
    }
    assert_eq!(accepted(r#""model_served":"openai\/gpt-4o""#).model_served.as_deref(), Some("openai/gpt-4o"));
    assert_eq!(accepted(r#""group":"\u4e2d\ud83d\ude00""#).group.as_deref(), Some("中😀"));
    assert_eq!(accepted(r#""status":499"#).outcome, Outcome::Cancelled);
    assert_eq!(accepted(r#""st\u0061tus":404"#).outcome, Outcome::Error);
    assert_eq!(accepted(r#""usage":{}"#).usage, None);
    assert_eq!(accepted(r#""usage":{"total_tokens":3,"input_tokens":null}"#).usage, None);
    assert!(accepted(r#""usage":{"input_tokens":0}"#).usage.is_some());
}

#[test]
fn numbers_of_more_places_than_amounts_have_are_rounded_and_counted() {
    let (read, report) = calls(with(r#""upstream_cost":0.00019199999999999998,"charge":1e-19"#));
    assert_eq!(read[0].upstream_cost.unwrap().to_string(), "0.000192");
    assert_eq!((read[0].charge.unwrap().to_string().as_str(), report.rounded), ("0", 2));
    let (read, report) = calls(with(r#""charge":"0.00005429999999999999""#));
    assert_eq!((read[0].charge.unwrap().to_string().as_str(), report.rounded), ("0.0000543", 1), "as text too");
}

#[test]
fn a_wrong_value_names_its_field() {
    let check = |member: &str, field: &str, reason: &str| rejected(&with(member), field, reason);
    check(r#""charge":"1,5""#, "charge", "is not a decimal number");
    check(r#""charge":"+5""#, "charge", "is not a decimal number");
    check(r#""charge":"""#, "charge", "is not a decimal number");
    check(r#""charge":true"#, "charge", "is not an amount");
    check(r#""charge":1e99"#, "charge", "more digits than");
    check(r#""charge":[1]"#, "charge", "is not an amount");
    check(r#""status":"200""#, "status", "is not a whole number");
    check(r#""status":99"#, "status", "is not an HTTP status");
    check(r#""status":70000"#, "status", "is too large");
    check(r#""attempt":-1"#, "attempt", "is below 0");
    check(r#""attempt":1.5"#, "attempt", "is not a whole number");
    check(r#""attempt":5000000000"#, "attempt", "is too large");
    check(r#""row_version":9223372036854775808"#, "row_version", "is not a whole number");
    check(r#""outcome":"OK""#, "outcome", "is not ok, error or cancelled");
    check(r#""gateway_cache":"yes""#, "gateway_cache", "is not hit or miss");
    check(r#""stream":"true""#, "stream", "is not true or false");
    check(r#""batch":1"#, "batch", "is not true or false");
    check(r#""api_key_id":17"#, "api_key_id", "is not text");
    check(r#""region":{"a":1}"#, "region", "is not text");
    check(r#""group":"a\nb""#, "group", "has a control character");
    check(r#""group":"\ud83d""#, "group", "half of a surrogate pair");
    check(&format!(r#""trace_id":"{}""#, "x".repeat(1001)), "trace_id", "is longer than 1000 bytes");
    check(r#""ended_at":"2026-10-01""#, "ended_at", "is not an RFC 3339 time");
    check(r#""ended_at":"2026-10-01T08:00:00""#, "ended_at", "has no offset");
    check(r#""ended_at":1790000000"#, "ended_at", "is not an RFC 3339 time");
    check(r#""ended_at":"2026-02-29T00:00:00Z""#, "ended_at", "is not an RFC 3339 time");
    check(r#""usage":5"#, "usage", "is not an object");
    check(r#""usage":[{}]"#, "usage", "is not an object");
    check(r#""usage":{"images":-1}"#, "usage.images", "is below 0");
    check(r#""usage":{"images":"1"}"#, "usage.images", "is not a whole number");
    check(r#""usage":{"seconds":12.5}"#, "usage.seconds", "is not a whole number");
    check(r#""usage":{"images":1e16}"#, "usage.images", "is above 1000000000000000");
    check(r#""usage":{"prompt_tokens_details":7}"#, "usage.prompt_tokens_details", "is not an object");
    let bound = "is above 1000000000000000, which no amount of one row may be";
    check(r#""charge":"1000000000000000.000000000000000001""#, "charge", bound);
    check(r#""charge":1e19"#, "charge", bound);
    check(r#""balance_after":"-99999999999999999999.9""#, "balance_after", "is below -1000000000000000, which");
    check(r#""upstream_cost":"99999999999999999999.999999999999999999""#, "upstream_cost", bound);
    check(r#""model":"n""#, "model", "is named twice");
    check(r#""mod\u0065l":"n""#, "model", "is named twice");
    check(r#""x":1,"x":1"#, "x", "is named twice");
    check(r#""usage":{"images":1,"images":1}"#, "usage.images", "is named twice");
    check(r#""usage":{"total_tokens":1,"total_tokens":1}"#, "usage.total_tokens", "is named twice");
    check(r#""usage":{"y":1,"y":1}"#, "usage.y", "is named twice");
}

/// The zero of Go's clock, and of everybody else's, is written where nobody set a time.
#[test]
fn a_call_of_no_time_is_a_reject_and_one_of_the_future_is_not() {
    let at = |time: &str| with("").replace("2026-10-01T08:00:00+08:00", time);
    for zero in ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1999-12-31T23:59:59.999999Z"] {
        rejected(&at(zero), "started_at", "lies before 2000-01-01T00:00:00Z");
    }
    for time in ["2000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
        assert_eq!(calls(at(time)).0.len(), 1, "{time}");
    }
    accepted(r#""charge":"1000000000000000","balance_after":"-1000000000000000""#);
}

#[test]
fn a_required_field_must_be_there_and_say_something() {
    for name in ["call_id", "account_id", "model", "started_at"] {
        let other = |n: &str| with("").replace(&format!("\"{n}\":"), "\"other\":");
        rejected(&other(name), name, "is missing");
    }
    rejected(&with("").replace("\"c\"", "\"\""), "call_id", "is empty");
    rejected(&with("").replace("\"c\"", "\"  \""), "call_id", "is empty");
    rejected(&with("").replace("\"c\"", "null"), "call_id", "is missing");
    rejected(&with("").replace("\"c\"", "7"), "call_id", "is not text");
}

#[test]
fn a_row_that_is_no_json_object_is_a_reject() {
    let (read, report) = calls(format!("{ROW}\n[1]\n{{\"call_id\":\nnull\n{ROW}x\n{ROW}\n"));
    assert_eq!(read.len(), 2);
    let length = ROW.len();
    let expect = [
        format!("2 {} 3 : is not a JSON object", length + 1),
        format!("3 {} 11 : is not JSON: expected a value at byte 12", length + 5),
        format!("4 {} 4 : is not a JSON object", length + 17),
        format!("5 {} {} : is not JSON: expected the end of the row at byte {}", length + 22, length + 1, length + 1),
    ];
    assert_eq!(told(&report), expect);
}

#[test]
fn local_times_need_a_zone_in_which_they_exist_once() {
    let read = |time: &str| {
        let row = with("").replace("2026-10-01T08:00:00+08:00", time);
        let context = CallContext { zone: Zone::parse("Europe/Berlin"), ..context() };
        let mut read = None;
        let report = read_calls(Body::from_vec(row.into()), &context, &mut |call| read = Some(call.started_at));
        read.map_or_else(|| told(&report.unwrap()).concat(), |at| at.to_string())
    };
    assert_eq!(read("2026-10-01T08:00:00"), "2026-10-01T06:00:00Z");
    assert_eq!(read("2026-10-01T08:00:00Z"), "2026-10-01T08:00:00Z");
    assert!(read("2026-03-29T02:30:00").contains("does not exist"));
    assert!(read("2026-10-25T02:30:00").contains("exists twice"));
}

#[test]
fn unknown_fields_that_hold_something_are_counted_by_name() {
    let row = with(
        r#""note":null,"usage":{"input_tokens":1,"mood":"good","colours":{"a":[{}]},"prompt_tokens_details":{"video_tokens":0}}"#,
    );
    let (_, report) = calls(format!("{row}\n{row}\n"));
    let names: Vec<_> = report.unknown.iter().map(|(name, n)| format!("{name} {n}")).collect();
    assert_eq!(names, ["usage.colours 2", "usage.mood 2", "usage.prompt_tokens_details.video_tokens 2"]);
    let many: String = (0..1200).map(|i| with(&format!("\"x{i}\":1")) + "\n").collect();
    let (_, report) = calls(many);
    assert_eq!((report.unknown.len(), report.unknown["(others)"]), (MAX_UNKNOWN + 1, 200));
    let members: Vec<_> = (0..1001).map(|i| format!("\"x{i}\":1")).collect();
    rejected(&with(&members.join(",")), "", "more than 1000 fields");
}
