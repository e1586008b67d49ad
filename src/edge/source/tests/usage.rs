use std::io::{BufRead, BufReader};

use super::*;
use crate::domain::call::{Meter, Usage};

fn read(usage: &str) -> Result<Option<(Usage, Option<String>)>, String> {
    let row = ROW.replace('}', &format!(",\"usage\":{}}}", usage.replace('\n', "")));
    let (mut calls, report) = calls(row);
    match calls.pop() {
        Some(call) => Ok(call.usage.map(|usage| (usage, call.usage_note.map(|n| n.0)))),
        None => Err(told(&report).concat()),
    }
}

/// Uncached input, read, write, write 1 h, audio in, image in, output, reasoning, audio out, image out.
fn check(usage: &str, expect: [i64; 10]) {
    let (read, note) = read(usage).unwrap().expect(usage);
    assert_eq!(read.quantity[..10], expect, "{usage}");
    assert_eq!(note, None, "{usage}");
}

#[test]
fn native_members_are_inclusive() {
    check(r#"{"input_tokens":3000,"output_tokens":800}"#, [3000, 0, 0, 0, 0, 0, 800, 0, 0, 0]);
    check(
        r#"{"input_tokens":100,"cache_read_tokens":10,"cache_write_tokens":20,"cache_write_1h_tokens":5,"input_audio_tokens":3,
        "input_image_tokens":2,"output_tokens":50,"reasoning_tokens":7,"output_audio_tokens":2,"output_image_tokens":1}"#,
        [65, 10, 15, 5, 3, 2, 40, 7, 2, 1],
    );
    check(r#"{"output_tokens":50,"output_reasoning_tokens":7}"#, [0, 0, 0, 0, 0, 0, 43, 7, 0, 0]);
    // A part without its total is all there is of it.
    check(r#"{"cache_read_tokens":5,"cache_write_1h_tokens":3}"#, [0, 5, 0, 3, 0, 0, 0, 0, 0, 0]);
    let (usage, _) = read(
        r#"{"images":2,"seconds":3,"characters":4,"requests":5,"web_searches":6,"pages":7,"file_searches":8,
        "code_sessions":9}"#,
    )
    .unwrap()
    .unwrap();
    assert_eq!(usage.quantity[10..], [2, 3, 4, 5, 6, 7, 8, 9]);
    let (_, note) = read(r#"{"input_tokens":10,"cache_read_tokens":11}"#).unwrap().unwrap();
    assert_eq!(note.as_deref(), Some("cache_read_tokens 11 > input_tokens 10"));
}

#[test]
fn openai_counts_everything_inside() {
    check(
        r#"{"prompt_tokens":1000,"completion_tokens":500,"total_tokens":1500,
        "prompt_tokens_details":{"cached_tokens":300,"audio_tokens":20,"image_tokens":10,"text_tokens":5},
        "completion_tokens_details":{"reasoning_tokens":100,"audio_tokens":30,"rejected_prediction_tokens":1}}"#,
        [670, 300, 0, 0, 20, 10, 370, 100, 30, 0],
    );
    check(
        r#"{"input_tokens":652,"input_tokens_details":{"cached_tokens":52,"cache_write_tokens":100},"output_tokens":44,
        "output_tokens_details":{"reasoning_tokens":19},"total_tokens":696}"#,
        [500, 52, 100, 0, 0, 0, 25, 19, 0, 0],
    );
    // DeepSeek, Mistral, Writer.
    check(
        r#"{"prompt_tokens":563,"prompt_cache_hit_tokens":512,"prompt_cache_miss_tokens":51,"completion_tokens":1,
        "prompt_tokens_details":{"cached_tokens":512}}"#,
        [51, 512, 0, 0, 0, 0, 1, 0, 0, 0],
    );
    check(r#"{"prompt_tokens":64,"num_cached_tokens":32,"completion_tokens":6}"#, [32, 32, 0, 0, 0, 0, 6, 0, 0, 0]);
    check(
        r#"{"prompt_tokens":40,"completion_tokens":3,"prompt_token_details":{"cached_tokens":4},"completion_token_details":{"reasoning_tokens":1}}"#,
        [36, 4, 0, 0, 0, 0, 2, 1, 0, 0],
    );
    // A gateway that fills the names it does not use.
    check(
        r#"{"prompt_tokens":14,"completion_tokens":8,"input_tokens":0,"output_tokens":0,"input_tokens_details":null}"#,
        [14, 0, 0, 0, 0, 0, 8, 0, 0, 0],
    );
    // A gateway that adds Anthropic's names to an inclusive total.
    check(
        r#"{"prompt_tokens":100,"completion_tokens":8,"cache_read_input_tokens":60,"cache_creation_input_tokens":10,
        "prompt_tokens_details":{"cached_tokens":60}}"#,
        [30, 60, 10, 0, 0, 0, 8, 0, 0, 0],
    );
}

#[test]
fn anthropic_counts_caches_beside_the_input() {
    check(
        r#"{"input_tokens":16,"cache_creation_input_tokens":7049,"cache_read_input_tokens":13637,"output_tokens":344,
        "cache_creation":{"ephemeral_1h_input_tokens":49,"ephemeral_5m_input_tokens":7000},
        "output_tokens_details":{"thinking_tokens":33},"server_tool_use":{"web_search_requests":0}}"#,
        [16, 13637, 7000, 49, 0, 0, 311, 33, 0, 0],
    );
    check(
        r#"{"input_tokens":3,"cache_creation":{"ephemeral_5m_input_tokens":4,"ephemeral_1h_input_tokens":5},"output_tokens":1}"#,
        [3, 0, 4, 5, 0, 0, 1, 0, 0, 0],
    );
    check(r#"{"output_tokens":108}"#, [0, 0, 0, 0, 0, 0, 108, 0, 0, 0]);
    let (usage, _) = read(r#"{"input_tokens":1,"server_tool_use":{"web_search_requests":10}}"#).unwrap().unwrap();
    assert_eq!(usage.get(Meter::WebSearch), 10);
}

#[test]
fn gemini_counts_thoughts_and_tools_beside() {
    check(
        r#"{"promptTokenCount":373,"cachedContentTokenCount":204,"candidatesTokenCount":89,"thoughtsTokenCount":167,
        "cacheTokensDetails":[{"modality":"TEXT","tokenCount":63},{"modality":"IMAGE","tokenCount":141}],
        "promptTokensDetails":[{"modality":"TEXT","tokenCount":115},{"modality":"IMAGE","tokenCount":258}],"totalTokenCount":629}"#,
        [52, 204, 0, 0, 0, 117, 89, 167, 0, 0],
    );
    check(
        r#"{"promptTokenCount":33,"candidatesTokenCount":1780,"thoughtsTokenCount":529,"toolUsePromptTokenCount":7,
        "candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":1120}]}"#,
        [40, 0, 0, 0, 0, 0, 660, 529, 0, 1120],
    );
    check(
        r#"{"prompt_token_count":9,"candidates_token_count":4,"prompt_tokens_details":[{"modality":"AUDIO","token_count":9}]}"#,
        [0, 0, 0, 0, 9, 0, 4, 0, 0, 0],
    );
}

#[test]
fn bedrock_counts_caches_beside_the_input() {
    check(
        r#"{"cacheReadInputTokenCount":2752,"cacheReadInputTokens":2752,"cacheWriteInputTokens":5,"inputTokens":433,
        "cacheDetails":[{"inputTokens":2,"ttl":"1h"},{"inputTokens":3,"ttl":"5m"}],"outputTokens":16,"totalTokens":3201}"#,
        [433, 2752, 3, 2, 0, 0, 16, 0, 0, 0],
    );
}

#[test]
fn what_contradicts_itself_is_a_reject() {
    let check = |usage: &str, expect: &str| {
        let said = read(usage).unwrap_err();
        assert!(said.contains(expect), "{usage}\n{said}");
    };
    check(r#"{"prompt_tokens":5,"input_tokens":6}"#, "usage.input_tokens: contradicts");
    check(
        r#"{"output_tokens":9,"reasoning_tokens":1,"output_reasoning_tokens":2}"#,
        "usage.output_reasoning_tokens: contradicts",
    );
    check(r#"{"prompt_tokens":5,"promptTokenCount":5}"#, "usage: mixes the members of two conventions");
    check(r#"{"input_tokens":5,"cache_read_tokens":2,"cache_read_input_tokens":2}"#, "usage: mixes caches");
    check(r#"{"prompt_tokens":5,"prompt_tokens_details":[]}"#, "usage.prompt_tokens_details: is not an object");
    check(
        r#"{"promptTokenCount":5,"promptTokensDetails":[{"modality":"IMAGE","tokenCount":-1}]}"#,
        "usage.promptTokensDetails",
    );
    check(r#"{"promptTokenCount":5,"promptTokensDetails":{}}"#, "usage.promptTokensDetails");
}

/// Objects recorded from real responses, where `TRUEUP_USAGE_OBJECTS` names a file of them.
#[test]
fn real_objects_are_read_and_add_up() {
    let Some(path) = std::env::var_os("TRUEUP_USAGE_OBJECTS") else { return };
    let file = std::fs::File::open(path).unwrap();
    let lines = BufReader::new(zstd::stream::read::Decoder::new(file).unwrap()).lines();
    let (mut count, mut measured, mut odd) = (0, 0, 0);
    for line in lines {
        let line: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let usage = &line["usage"];
        count += 1;
        let Some((read, note)) = read(&usage.to_string()).unwrap() else { continue };
        measured += 1;
        let number = |name: &str| usage[name].as_i64();
        let beside =
            number("cache_read_input_tokens").unwrap_or(0) + number("cache_creation_input_tokens").unwrap_or(0);
        let output = number("completion_tokens").or(number("output_tokens")).or(number("outputTokens"));
        if let Some(output) = output {
            assert_eq!(read.total_output(), output, "{usage}");
        }
        if let Some(input) = number("prompt_tokens").or(number("input_tokens").map(|n| n + beside)) {
            assert_eq!(read.total_input(), input, "{usage}");
        }
        let total = number("totalTokenCount").or(number("totalTokens"));
        if let Some(total) = total {
            assert_eq!(read.total_tokens(), total, "{usage}");
        }
        odd += usize::from(note.is_some());
    }
    assert_eq!(count, 1282);
    assert!(measured > 1150 && odd <= 20, "{measured} measured, {odd} odd");
}

/// Such a total once counted reasoning as part of the answer, and the larger half of a call cost nothing.
#[test]
fn a_total_says_whether_reasoning_stands_beside() {
    check(
        r#"{"prompt_tokens":10120,"completion_tokens":1499,"total_tokens":14428,
        "prompt_tokens_details":{"cached_tokens":128},"completion_tokens_details":{"reasoning_tokens":2809}}"#,
        [9992, 128, 0, 0, 0, 0, 1499, 2809, 0, 0],
    );
    check(
        r#"{"prompt_tokens":500,"completion_tokens":500,"total_tokens":1000,
        "completion_tokens_details":{"reasoning_tokens":200}}"#,
        [500, 0, 0, 0, 0, 0, 300, 200, 0, 0],
    );
    let (_, note) = read(r#"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":40}"#).unwrap().unwrap();
    assert_eq!(note.as_deref(), Some("total_tokens 40, but input 10 + output 5"));
}

#[test]
fn caches_and_kinds_cut_the_same_tokens_in_two_ways() {
    // A realtime turn says of what was cached what it was.
    check(
        r#"{"total_tokens":9492,"input_tokens":8223,"output_tokens":1269,
        "input_token_details":{"text_tokens":5378,"audio_tokens":2845,"cached_tokens":8192,
        "cached_tokens_details":{"text_tokens":5376,"audio_tokens":2816}},
        "output_token_details":{"text_tokens":250,"audio_tokens":1019}}"#,
        [2, 8192, 0, 0, 29, 0, 250, 0, 1019, 0],
    );
    // Where it does not, the kinds add up to the whole, so that the cache must hold some of them.
    check(
        r#"{"total_tokens":375,"prompt_tokens":346,"completion_tokens":29,
        "prompt_tokens_details":{"text_tokens":152,"audio_tokens":0,"image_tokens":194,"cached_tokens":322},
        "completion_tokens_details":{"text_tokens":10,"reasoning_tokens":19}}"#,
        [0, 322, 0, 0, 0, 24, 10, 19, 0, 0],
    );
}

#[test]
fn cohere_bills_units_and_anthropic_leaves_summaries_out_of_its_totals() {
    check(
        r#"{"billed_units":{"input_tokens":1000,"output_tokens":100},"tokens":{"input_tokens":1210,"output_tokens":100},
        "cached_tokens":1024}"#,
        [1000, 0, 0, 0, 0, 0, 100, 0, 0, 0],
    );
    let (usage, _) = read(r#"{"billed_units":{"search_units":3}}"#).unwrap().unwrap();
    assert_eq!(usage.get(Meter::Request), 3);
    check(
        r#"{"input_tokens":181,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":8,
        "iterations":[{"type":"compaction","input_tokens":100,"output_tokens":83,"cache_read_input_tokens":55096,
        "cache_creation_input_tokens":20,"cache_creation":{"ephemeral_1h_input_tokens":20}},
        {"type":"message","input_tokens":181,"output_tokens":8}]}"#,
        [281, 55096, 0, 20, 0, 0, 91, 0, 0, 0],
    );
}

fn uncounted(usage: &str) -> String {
    let row = ROW.replace('}', &format!(",\"usage\":{usage}}}"));
    let call = calls(row).0.remove(0);
    assert_eq!(call.usage, None, "{usage}");
    call.usage_note.expect(usage).0
}

#[test]
fn a_count_that_no_meter_takes_may_be_money() {
    for (usage, name) in [
        (r#"{"prompt_tokens":1,"completion_tokens":1,"citation_tokens":7}"#, "citation_tokens"),
        (r#"{"prompt_tokens":270,"completion_tokens":1,"prompt_tokens_details":{"video_tokens":258}}"#, "video_tokens"),
        (r#"{"inputTokens":1,"outputTokens":1,"serverToolUsage":{"search":{"units":2}}}"#, "search"),
        (
            r#"{"prompt_tokens":1,"server_tool_use_details":{"tool_calls_executed":2,"web_search_requests":1}}"#,
            "tool_calls_executed",
        ),
        (
            r#"{"input_tokens":1,"cache_read_input_tokens":0,"iterations":[{"type":"advisor_message","input_tokens":5}]}"#,
            "iterations of type advisor_message",
        ),
        (r#"{"total_tokens":3}"#, "total_tokens alone"),
    ] {
        assert_eq!(uncounted(usage), format!("{name}: a count that no meter takes"));
    }
    // What is 0, a label or a time taken is no money.
    check(
        r#"{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9,"queue_time":0.02,"total_time":0.2,"video_tokens":0,
        "mood":"good","extra":{"a":[0,null,"x"]},"cost":0.5,"is_byok":false}"#,
        [7, 0, 0, 0, 0, 0, 2, 0, 0, 0],
    );
}

#[test]
fn a_lone_total_is_input_where_nothing_is_written() {
    let row = ROW.replace('}', ",\"endpoint\":\"embedding\",\"usage\":{\"prompt_tokens\":null,\"total_tokens\":7}}");
    assert_eq!(calls(row).0.remove(0).usage.unwrap().quantity[..2], [7, 0]);
}

#[test]
fn modifiers_inside_the_usage_are_those_of_the_call() {
    let of = |usage: &str| {
        let row = ROW.replace('}', &format!(",\"usage\":{{\"input_tokens\":1,{usage}}}}}"));
        let call = calls(row).0.remove(0);
        (call.service_tier.unwrap_or_default(), call.context.unwrap_or_default())
    };
    let said = |tier: &str, context: &str| (tier.to_owned(), context.to_owned());
    assert_eq!(of(r#""service_tier":"standard","speed":"standard","inference_geo":"global""#), said("", ""));
    assert_eq!(
        of(r#""service_tier":"batch","speed":"fast","inference_geo":"us""#),
        said("batch", "inference_geo=us;speed=fast")
    );
    assert_eq!(of(r#""serviceTier":"priority","trafficType":"ON_DEMAND""#), said("priority", ""));
    let row = ROW.replace('}', ",\"context\":{\"speed\":\"slow\"},\"usage\":{\"input_tokens\":1,\"speed\":\"fast\"}}");
    assert_eq!(calls(row).0.remove(0).context.as_deref(), Some("speed=slow"));
}
