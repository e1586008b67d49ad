use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::{behaves, block_on, keys, one_winner};
use crate::domain::period::Instant;
use crate::edge::blob::{Blob, BlobErrorKind, PutOutcome, S3Settings};

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn behaves_as_a_store() {
    let root = tempfile::tempdir().unwrap();
    block_on(behaves(&Blob::folder(root.path().join("not/yet/there"))));
}

#[test]
fn exactly_one_of_many_writers_creates() {
    let root = tempfile::tempdir().unwrap();
    one_winner(&Blob::folder(root.path()), 12, 8);
    for round in 0..8 {
        assert_eq!(names(&root.path().join(format!("seal/{round}"))), ["r1.json"]);
    }
}

#[test]
fn what_a_killed_writer_leaves_is_no_object() {
    let root = tempfile::tempdir().unwrap();
    let blob = Blob::folder(root.path());
    // Killed after creating, half way through, and between link and unlink.
    fs::create_dir_all(root.path().join("m/day")).unwrap();
    fs::write(root.path().join("m/day/.tmp-1-0"), "").unwrap();
    fs::write(root.path().join("m/day/.tmp-1-1"), "{\"half\":").unwrap();
    fs::write(root.path().join("m/day/.tmp-1-2"), "whole").unwrap();
    fs::hard_link(root.path().join("m/day/.tmp-1-2"), root.path().join("m/day/r1.json")).unwrap();
    fs::write(root.path().join(".tmp-9-9"), "scratch").unwrap();
    block_on(async {
        assert_eq!(keys(&blob.list("").await.unwrap()), ["m/day/r1.json"]);
        assert_eq!(keys(&blob.list("m/day/.tmp").await.unwrap()), Vec::<&str>::new());
        assert_eq!(blob.put_if_absent("m/day/r1.json", "other").await.unwrap(), PutOutcome::Exists);
        assert_eq!(blob.get("m/day/r1.json").await.unwrap().as_ref(), b"whole");
        assert_eq!(blob.put_if_absent("m/day/r2.json", "next").await.unwrap(), PutOutcome::Created);
        assert_eq!(blob.sweep(Instant::from_micros(0)).await.unwrap(), 0);
        assert_eq!(blob.sweep(Instant::MAX).await.unwrap(), 4);
        assert_eq!(blob.get("m/day/r1.json").await.unwrap().as_ref(), b"whole");
    });
    assert_eq!(names(&root.path().join("m/day")), ["r1.json", "r2.json"]);
}

#[test]
fn a_file_written_again_has_another_mark_whatever_its_size_and_time_say() {
    let root = tempfile::tempdir().unwrap();
    let blob = Blob::folder(root.path());
    let file = root.path().join("raw.jsonl");
    fs::write(&file, "one").unwrap();
    let listed = || block_on(blob.list("")).unwrap().remove(0);
    let first = listed();
    assert!(first.mark.is_some() && listed() == first);
    let modified = fs::metadata(&file).unwrap().modified().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(20));
    fs::write(&file, "two").unwrap();
    fs::File::options().write(true).open(&file).unwrap().set_modified(modified).unwrap();
    let second = listed();
    assert_eq!((second.size, second.modified), (first.size, first.modified));
    assert_ne!(second.mark, first.mark);
}

#[test]
fn pipes_are_no_objects() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a"), "a").unwrap();
    let made = std::process::Command::new("mkfifo").arg(root.path().join("pipe")).status().unwrap();
    assert!(made.success());
    assert_eq!(keys(&block_on(Blob::folder(root.path()).list("")).unwrap()), ["a"]);
}

#[test]
fn a_temporary_name_left_by_an_earlier_process_of_our_number_is_stepped_over() {
    let root = tempfile::tempdir().unwrap();
    for n in 0..2000 {
        fs::write(root.path().join(format!(".tmp-{:x}-{n:x}", std::process::id())), "old").unwrap();
    }
    let blob = Blob::folder(root.path());
    block_on(blob.put("x", "new")).unwrap();
    assert_eq!(fs::read_to_string(root.path().join("x")).unwrap(), "new");
}

#[test]
fn a_failed_write_leaves_what_was_there() {
    let root = tempfile::tempdir().unwrap();
    let blob = Blob::folder(root.path().join("lake"));
    block_on(async {
        blob.put("x", "old").await.unwrap();
        assert!(blob.put_file("x", &root.path().join("absent")).await.unwrap_err().is_not_found());
        // A folder is not a readable file: the copy fails half way.
        assert!(blob.put_file("x", root.path()).await.is_err());
        assert_eq!(blob.get("x").await.unwrap().as_ref(), b"old");
        blob.put("d/y", "y").await.unwrap();
        assert!(blob.put("d", "a folder has this name").await.is_err());
        assert!(blob.put("x/y", "x is a file").await.is_err());
        assert_eq!(keys(&blob.list("").await.unwrap()), ["d/y", "x"]);
    });
    assert_eq!(names(&root.path().join("lake")), ["d", "x"]);
}

#[test]
fn links_may_not_lead_out() {
    let root = tempfile::tempdir().unwrap();
    let (inside, outside) = (root.path().join("in"), root.path().join("out"));
    fs::create_dir_all(inside.join("real")).unwrap();
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("secret"), "s").unwrap();
    fs::write(inside.join("real/x"), "x").unwrap();
    symlink(inside.join("real/x"), inside.join("good")).unwrap();
    symlink(inside.join("real"), inside.join("dir")).unwrap();
    let blob = Blob::folder(&inside);
    block_on(async {
        assert_eq!(keys(&blob.list("").await.unwrap()), ["dir/x", "good", "real/x"]);
        assert_eq!(blob.get("good").await.unwrap().as_ref(), b"x");
        assert_eq!(blob.get("dir/x").await.unwrap().as_ref(), b"x");
        symlink(outside.join("secret"), inside.join("bad")).unwrap();
        symlink(&outside, inside.join("baddir")).unwrap();
        let denied = |e: crate::edge::blob::BlobError| assert_eq!(e.kind, BlobErrorKind::Denied, "{e}");
        denied(blob.get("bad").await.unwrap_err());
        denied(blob.get("baddir/secret").await.unwrap_err());
        denied(blob.head("baddir/secret").await.unwrap_err());
        denied(blob.put("baddir/new", "n").await.unwrap_err());
        denied(blob.put("baddir/sub/new", "n").await.unwrap_err());
        denied(blob.list("").await.unwrap_err());
        denied(blob.list("baddir/").await.unwrap_err());
    });
    assert_eq!(names(&outside), ["secret"]);
}

#[test]
fn links_in_a_circle_end() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("a")).unwrap();
    fs::create_dir_all(root.path().join("b")).unwrap();
    symlink(root.path().join("b"), root.path().join("a/to_b")).unwrap();
    symlink(root.path().join("a"), root.path().join("b/to_a")).unwrap();
    assert_eq!(block_on(Blob::folder(root.path()).list("")).unwrap_err().kind, BlobErrorKind::Denied);
}

#[test]
fn a_linked_root_is_the_root() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("disk")).unwrap();
    symlink(root.path().join("disk"), root.path().join("lake")).unwrap();
    let blob = Blob::folder(root.path().join("lake"));
    block_on(blob.put("a/x", "1")).unwrap();
    assert_eq!(fs::read_to_string(root.path().join("disk/a/x")).unwrap(), "1");
}

#[test]
fn urls() {
    let at = |url| Blob::at(url, Path::new("/base"), &S3Settings::default());
    assert_eq!(at("lake").unwrap().place(), "/base/lake");
    assert_eq!(at("/abs/lake").unwrap().place(), "/abs/lake");
    for bad in ["", "gs://bucket", "s3://", "s3:///x", "s3://bucket/a//b"] {
        assert_eq!(at(bad).unwrap_err().kind, BlobErrorKind::Config, "{bad}");
    }
}
