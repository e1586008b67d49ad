use proptest::prelude::*;

use super::*;

fn rows(count: usize) -> String {
    (0..count).map(|i| ROW.replace("c-1", &format!("c-{i}")) + "\n").collect()
}

#[test]
fn every_member_and_frame_is_read() {
    let text = rows(40);
    let (first, second) = text.split_at(text.len() / 2);
    let plain = calls(text.clone());
    for pack in [gzip, zstd] {
        assert_eq!(calls(pack(text.as_bytes())), plain);
        let two = [pack(first.as_bytes()), pack(b""), pack(second.as_bytes())].concat();
        assert_eq!(calls(two), plain);
    }
    let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9][..], &zstd(text.as_bytes())].concat();
    assert_eq!(calls(skippable), plain);
}

#[test]
fn a_torn_file_is_refused_wherever_it_is_torn() {
    let text = rows(6);
    for pack in [gzip, zstd] {
        let one = pack(text.as_bytes());
        let two = [one.clone(), one.clone()].concat();
        for length in 1..two.len() {
            let read = try_calls(&two[..length]);
            // At a member's end nothing tells that another was to follow.
            assert_eq!(read.is_ok(), length == one.len(), "{length} of {}", two.len());
            if length >= 4 && length != one.len() {
                let said = read.unwrap_err();
                assert!(matches!(said, SourceError::Damaged { .. }), "{length}: {said}");
                assert!(said.is_input());
            }
        }
    }
}

#[test]
fn a_flipped_bit_in_gzip_never_passes() {
    let text = rows(6);
    let (whole, plain) = (gzip(text.as_bytes()), calls(text.clone()));
    for at in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[at / 8] ^= 1 << (at % 8);
        // Bits of the header that mean nothing may differ.
        if let Ok(read) = try_calls(flipped) {
            assert_eq!(read, plain, "bit {at}");
        }
    }
}

#[test]
fn a_damaged_parquet_file_never_panics_out() {
    let whole = super::formats::parquet_sample();
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let torn = (0..whole.len()).step_by(7).map(|length| whole[..length].to_vec());
    let flipped = (0..whole.len()).step_by(3).map(|at| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        bytes
    });
    let read = |bytes: Vec<u8>| drop(try_calls(bytes));
    let all = std::panic::catch_unwind(|| torn.chain(flipped).for_each(read));
    std::panic::set_hook(quiet);
    assert!(all.is_ok());
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), kind in 0..7usize) {
        let heads: [&[u8]; 7] =
            [b"", b"{", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd", b"PAR1", b"call_id,account_id,model,started_at\n", b"\xef\xbb\xbf{\"call_id\":"];
        let bytes = [heads[kind], &bytes].concat();
        drop(try_calls(bytes.clone()));
        let context = LedgerContext { name: "alice@20261001T000000Z.json".into(), ..LedgerContext::default() };
        drop(read_balances(Body::from_vec(bytes.clone()), &context, &mut |_| ()));
        drop(read_postings(Body::from_vec(bytes.clone()), &context, &mut |_| ()));
        drop(read_accounts(Body::from_vec(bytes.clone()), None, &Default::default(), "a"));
        drop(read_span(Body::from_vec(bytes.clone()), 3, 50));
        drop(read_row(Body::from_vec(bytes), 3));
    }

    #[test]
    fn a_damaged_line_is_a_reject_or_a_row(at in 0..ROW.len(), byte: u8) {
        let mut text = format!("{ROW}\n{ROW}\n{ROW}\n").into_bytes();
        prop_assume!(byte != 0);
        text[ROW.len() + 1 + at] = byte;
        let (_, report) = calls(text);
        prop_assert!(report.accepted >= 2);
        prop_assert!(report.rows_read >= 2);
    }
}
