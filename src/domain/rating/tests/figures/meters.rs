//! Rates by meter, requests and images.

use super::*;

#[test]
fn a_quantity_without_a_rate_is_unpriced() {
    check(rows(vec![seed()]), &call(&[(Input, 1), (Second, 3)]), "no_rate");
    check(rows(vec![seed()]), &call(&[(WebSearch, 1)]), "no_rate");
    check(rows(vec![row("m", components(&[(Output, "1")]))]), &call(&[(CacheRead, 1)]), "no_rate");
    check(rows(vec![]), &call(&[(Input, 1)]), "no_row");
}

#[test]
fn a_call_is_one_request_where_requests_have_a_rate() {
    let fee = || row("m", components(&[(Request, "0.01"), (Input, "0.001")]));
    check(rows(vec![fee()]), &call(&[(Input, 5)]), "0.015");
    check(rows(vec![fee()]), &call(&[(Input, 5), (Request, 3)]), "0.035");
    check(rows(vec![fee()]), &call(&[]), "0.01");
}

#[test]
fn images_by_size_and_quality() {
    let image = |size: &str, quality: &str, rate: &str| {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        ImageRate { size: some(size), quality: some(quality), rate: x(rate) }
    };
    let mut priced = row("m", components(&[]));
    priced.components.images =
        vec![image("", "", "1"), image("big", "", "2"), image("big", "hd", "3"), image("", "hd", "4")];
    let used = |size: &str, quality: &str| {
        let mut call = call(&[(Image, 2)]);
        let usage = call.usage.as_mut().expect("usage");
        usage.image_size = (!size.is_empty()).then(|| size.to_owned());
        usage.image_quality = (!quality.is_empty()).then(|| quality.to_owned());
        call
    };
    let all = [("", "", "2"), ("big", "", "4"), ("big", "hd", "6"), ("big", "low", "4"), ("small", "hd", "8")];
    for (size, quality, expect) in all {
        check(rows(vec![priced.clone()]), &used(size, quality), expect);
    }
    priced.components.images.remove(0);
    check(rows(vec![priced]), &used("small", "low"), "no_rate");
}
