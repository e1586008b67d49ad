//! What a file is that is no text, by the bytes it begins with, and what to do about it.

/// Where a tar archive has its mark.
const TAR_MARK: usize = 257;
/// How much is looked at for bytes that no text has.
const LOOKED_AT: usize = 8192;

/// Beginnings that say what a file is, longer ones first.
const MARKS: [(&[u8], &str); 18] = [
    (b"\xff\xfe\0\0", "is UTF-32 text; it must be UTF-8"),
    (b"\0\0\xfe\xff", "is UTF-32 text; it must be UTF-8"),
    (b"\xff\xfe", "is UTF-16 text; it must be UTF-8"),
    (b"\xfe\xff", "is UTF-16 text; it must be UTF-8"),
    (b"PK\x03\x04", "is a zip archive (or a workbook, which is one); unpack it, or save it as CSV"),
    (b"PK\x05\x06", "is a zip archive with nothing in it"),
    (b"\x1f\x8b", "is compressed twice, with gzip inside; unpack it once"),
    (b"\x28\xb5\x2f\xfd", "is compressed twice, with zstd inside; unpack it once"),
    (b"PAR1", "is Parquet that was compressed as a whole; unpack it"),
    (b"\xfd7zXZ\0", "is compressed with xz; it must be plain, gzip or zstd"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7z archive; unpack it"),
    (b"\x04\x22\x4d\x18", "is compressed with lz4; it must be plain, gzip or zstd"),
    (b"\xff\x06\0\0sNaPpY", "is compressed with snappy; it must be plain, gzip or zstd"),
    (b"Rar!\x1a\x07", "is a rar archive; unpack it"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old workbook; save it as CSV"),
    (b"SQLite format 3\0", "is a SQLite database; export its table as CSV"),
    (b"Obj\x01", "is Avro; it must be JSON Lines, CSV or Parquet"),
    (b"%PDF-", "is a PDF; it must be JSON Lines, CSV or Parquet"),
];

/// Why these first bytes of a decompressed file begin no text; `None` where they may.
pub(super) fn why(head: &[u8]) -> Option<&'static str> {
    let head = &head[..head.len().min(LOOKED_AT)];
    let marked = MARKS.iter().find(|(mark, _)| head.starts_with(mark)).map(|(_, words)| *words);
    marked.or_else(|| bzip2(head)).or_else(|| tar(head)).or_else(|| nul_bytes(head))
}

/// Its three letters alone may begin a word.
fn bzip2(head: &[u8]) -> Option<&'static str> {
    let block = head.strip_prefix(b"BZh")?.get(1..)?;
    block.starts_with(b"1AY&SY").then_some("is compressed with bzip2; it must be plain, gzip or zstd")
}

/// The mark may stand in a text, names filled up with NUL bytes do not.
fn tar(head: &[u8]) -> Option<&'static str> {
    let (name, mark) = head.split_at_checked(TAR_MARK)?;
    (mark.starts_with(b"ustar") && name.contains(&0)).then_some("is a tar archive; unpack it")
}

/// Of UTF-16 without its mark, every second byte is one where the text is English.
fn nul_bytes(head: &[u8]) -> Option<&'static str> {
    let first = head.iter().position(|byte| *byte == 0)?;
    let pairs = head.as_chunks::<2>().0;
    let wide = |at: usize| {
        pairs.len() > 1 && pairs.iter().filter(|pair| pair[at] == 0 && pair[1 - at] != 0).count() * 4 > pairs.len() * 3
    };
    if first < 2 && (wide(0) || wide(1)) {
        return Some("is UTF-16 text; it must be UTF-8");
    }
    Some("is not text: it has NUL bytes")
}

#[cfg(test)]
mod tests {
    use super::why;

    #[test]
    fn what_is_no_text_is_named() {
        let mut tar = vec![0u8; 512];
        tar[..5].copy_from_slice(b"a.csv");
        tar[257..262].copy_from_slice(b"ustar");
        let wide: Vec<u8> = "{\"call_id\":\"c\"}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let other: Vec<u8> = "call_id,model\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (bytes, expect) in [
            (&tar[..], "is a tar archive"),
            (b"PK\x03\x04\x14\0", "is a zip archive"),
            (b"\x1f\x8b\x08\0", "compressed twice, with gzip"),
            (b"BZh91AY&SY\x01", "with bzip2"),
            (b"\xfd7zXZ\0\0", "with xz"),
            (&wide, "UTF-16"),
            (&other, "UTF-16"),
            (b"\xff\xfe{\0", "UTF-16"),
            (b"\xff\xfe\0\0{\0\0\0", "UTF-32"),
            (b"\0\x01\x02", "NUL bytes"),
            (b"{\"a\":1}\n\0\n", "NUL bytes"),
        ] {
            let said = why(bytes).unwrap_or("may be text");
            assert!(said.contains(expect), "{said}, not {expect}");
        }
    }

    #[test]
    fn what_may_be_text_is_let_through() {
        let marked = format!("{}ustar,model\n", "x".repeat(257));
        for text in ["", "{\"a\":1}\n", "BZh,model\n", "BZh9", "Object,model\n", "PK,model\n", "\u{feff}a,b\n", &marked]
        {
            assert_eq!(why(text.as_bytes()), None, "{text:?}");
        }
    }
}
