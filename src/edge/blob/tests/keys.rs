use crate::edge::blob::key::{prefix, segments};
use crate::edge::blob::{Blob, BlobErrorKind};

use super::block_on;

#[test]
fn keys_are_relative_paths_of_names() {
    for good in ["a", "a/b", "a/b.parquet", "2026-10-01", "...", "..a", "a b", "ü/日", "-", "a:b", "a\\b", ".hidden"]
    {
        assert!(segments(good).is_ok(), "{good}");
    }
    let long = "x".repeat(256);
    let longer = vec!["x".repeat(200); 6].join("/");
    for bad in [
        "", "/", "/a", "a/", "a//b", "..", ".", "../a", "a/..", "a/../b", "a/./b", "./a", "a\0b", "\0", ".tmp-1",
        "a/.tmp-1", &long, &longer,
    ] {
        let refused = segments(bad).unwrap_err();
        assert_eq!(refused.kind, BlobErrorKind::Config, "{bad:?}");
    }
}

#[test]
fn prefixes_may_end_in_a_part_of_a_name() {
    for (good, folders, name) in
        [("", 0, ""), ("a", 0, "a"), ("a/", 1, ""), ("a/b", 1, "b"), ("a/b/r", 2, "r"), ("..", 0, "..")]
    {
        let (f, n) = prefix(good).unwrap();
        assert_eq!((f.len(), n), (folders, name), "{good}");
    }
    for bad in ["/", "/a", "../a", "a//b", "a/../b", "\0", "a\0/b"] {
        assert!(prefix(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn no_operation_takes_a_bad_key() {
    let root = tempfile::tempdir().unwrap();
    let outside = root.path().join("outside");
    std::fs::write(&outside, "secret").unwrap();
    let blob = Blob::folder(root.path().join("inside"));
    block_on(async {
        for key in ["../outside", "a/../../outside", "/etc/hostname", ""] {
            assert_eq!(blob.get(key).await.unwrap_err().kind, BlobErrorKind::Config);
            assert_eq!(blob.open(key).await.unwrap_err().kind, BlobErrorKind::Config);
            assert_eq!(blob.head(key).await.unwrap_err().kind, BlobErrorKind::Config);
            assert_eq!(blob.put(key, "x").await.unwrap_err().kind, BlobErrorKind::Config);
            assert_eq!(blob.put_if_absent(key, "x").await.unwrap_err().kind, BlobErrorKind::Config);
            assert_eq!(blob.put_file(key, &outside).await.unwrap_err().kind, BlobErrorKind::Config);
            assert_eq!(blob.adopt(key, &outside).await.unwrap_err().kind, BlobErrorKind::Config);
            assert_eq!(blob.delete(key).await.unwrap_err().kind, BlobErrorKind::Config);
        }
    });
    assert_eq!(std::fs::read_to_string(outside).unwrap(), "secret");
    assert!(!root.path().join("inside").exists());
}
