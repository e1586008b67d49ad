use super::*;
use crate::domain::period::Instant;

pub(crate) fn call(id: &str) -> Call {
    let at = Instant::parse("2026-10-01T00:00:00Z").unwrap();
    Call {
        source: "gateway".into(),
        call_id: id.into(),
        attempt: 1,
        account_id: "alice".into(),
        api_key_id: None,
        provider: None,
        model: "gpt-x".into(),
        model_served: None,
        endpoint: None,
        region: None,
        group: None,
        started_at: at,
        ended_at: at,
        status: Some(200),
        outcome: Outcome::Ok,
        stream: None,
        service_tier: None,
        service_tier_requested: None,
        batch: false,
        context: None,
        estimated: false,
        cache_hit: false,
        upstream_cost: None,
        row_version: None,
        trace_id: None,
        usage: None,
        usage_note: None,
        charge: "0.0195".parse().ok(),
        charge_unit: Some("CNY".into()),
        balance_after: None,
        file: 0,
        offset: 7,
    }
}

#[test]
fn a_call_survives_its_columns() {
    let mut rich = call("c-1");
    let (usage, note) = ReportedUsage {
        input_tokens: 100,
        cache_read_tokens: 40,
        output_tokens: 9,
        image_size: Some("512".into()),
        ..Default::default()
    }
    .into_disjoint();
    assert_eq!(note, None);
    rich.usage = Some(usage);
    rich.stream = Some(true);
    rich.balance_after = "-3".parse().ok();
    let plain = call("c-2");
    let calls = CallsBuilder::collect([&rich, &plain]);
    assert_eq!(calls.row(0), rich);
    assert_eq!(calls.row(1), plain);
    assert_eq!(calls.content_of(0), content_hash(&rich));
    let turned = calls.take(&[1, 0]).unwrap();
    assert_eq!(Calls::concat(&[calls.clone(), turned]).unwrap().row(2), plain);
}

#[test]
fn content_ignores_where_a_row_was_read() {
    let (mut a, b) = (call("c"), call("c"));
    a.file = 9;
    a.offset = 1;
    assert_eq!(content_hash(&a), content_hash(&b));
    a.charge = None;
    assert_ne!(content_hash(&a), content_hash(&b));
}

#[test]
fn usage_becomes_disjoint() {
    let reported = ReportedUsage {
        input_tokens: 1000,
        cache_read_tokens: 300,
        cache_write_tokens: 200,
        cache_write_1h_tokens: 50,
        output_tokens: 80,
        reasoning_tokens: 30,
        ..Default::default()
    };
    let (usage, note) = reported.into_disjoint();
    assert_eq!(note, None);
    assert_eq!(usage.quantity[..10], [500, 300, 150, 50, 0, 0, 50, 30, 0, 0]);
    assert_eq!((usage.total_input(), usage.total_output()), (1000, 80));
}

#[test]
fn parts_above_their_total_are_cut_from_the_last() {
    let reported = ReportedUsage {
        input_tokens: 100,
        cache_read_tokens: 90,
        input_audio_tokens: 20,
        input_image_tokens: 5,
        output_tokens: 10,
        reasoning_tokens: 12,
        ..Default::default()
    };
    let (usage, note) = reported.into_disjoint();
    assert_eq!(usage.quantity[..10], [0, 90, 0, 0, 10, 0, 0, 10, 0, 0]);
    assert_eq!(
        note.unwrap().0,
        "cache_read_tokens + input_audio_tokens + input_image_tokens 115 > input_tokens 100; reasoning_tokens 12 > output_tokens 10"
    );
}

#[test]
fn columns_of_another_build_find_their_places() {
    let calls = CallsBuilder::collect([&call("c")]);
    let (whole, schema) = (calls.batch().clone(), calls.batch().schema());
    let without = |name: &str| {
        let kept: Vec<usize> = (0..schema.fields().len()).rev().filter(|i| schema.field(*i).name() != name).collect();
        whole.project(&kept).unwrap()
    };
    // What came later is empty, of a meter zero.
    for name in ["trace_id", "context", "q_page"] {
        let old = Calls::from_batch(without(name)).unwrap();
        assert_eq!(old.row(0), calls.row(0), "{name}");
    }
    assert!(Calls::from_batch(without("started_at")).unwrap_err().to_string().contains("started_at"));
}
