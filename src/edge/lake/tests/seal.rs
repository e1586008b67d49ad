use std::fs;
use std::path::{Path, PathBuf};

use super::{Sample, rows};
use crate::domain::money::Amount;
use crate::domain::period::Instant;
use crate::edge::blob::tests::block_on;
use crate::edge::blob::tests::s3_server::{ACCESS_KEY, BUCKET, Fault, S3Server, SECRET_KEY};
use crate::edge::blob::{Blob, S3Credentials, S3Settings};
use crate::edge::lake::schema::{schema, to_batch};
use crate::edge::lake::{
    BookRef, Claim, Digest, InputRef, KeptRef, Lake, LakeError, LawRef, Manifest, SealError, Sealed, Total,
};

fn lake(dir: &Path) -> Lake {
    Lake::new(Blob::folder(dir))
}

/// A manifest with every field filled, and its part in the lake.
async fn manifest(lake: &Lake, replaces: Option<u32>, n: usize) -> Manifest {
    let batch = to_batch(&rows(n));
    let part = lake.write_part("samples", "all", &schema::<Sample>(), std::slice::from_ref(&batch)).await.unwrap();
    let at = Instant::from_micros(1_790_812_800_000_123);
    let mut m = Manifest::new("daily", "2026-10-01", replaces, at, at);
    m.parts.push(part);
    m.digests.insert("samples".into(), Digest::of(&batch, &[]).unwrap());
    m.rows.insert("samples".into(), n as u64);
    m.rows.insert("rejects".into(), 0);
    m.inputs.push(InputRef {
        source: "gw".into(),
        path: "raw/ü \"x\".gz".into(),
        size: 9,
        sha256: "ab".into(),
        rows: 3,
    });
    m.totals.push(Total {
        name: "expected".into(),
        unit: "CNY".into(),
        amount: "0.000000000000000001".parse().unwrap(),
    });
    m.totals.push(Total { name: "difference".into(), unit: "CNY".into(), amount: -Amount::from_int(7) });
    m.laws.push(LawRef { name: "every row in one class".into(), cases: 2 });
    m.books.push(BookRef { id: "b".into(), path: "p".into(), sha256: "h".into(), versions: vec!["v1".into()] });
    m.parties.push(KeptRef { name: "accounts.csv".into(), path: "p".into(), sha256: "h".into() });
    m.notes.insert("tail".into(), "\"sha256\": \"x\"\n}\n".into());
    m
}

async fn seal(lake: &Lake, m: Manifest) -> Result<Sealed, SealError> {
    lake.seal(lake.prepare(m).await?).await
}

async fn round_trip(lake: &Lake) {
    assert_eq!(lake.latest("daily", "2026-10-01").await.unwrap(), None);
    let first = manifest(lake, None, 10).await;
    let sealed = seal(lake, first.clone()).await.unwrap();
    assert_eq!((sealed.path.as_str(), &sealed.manifest), ("manifests/daily/2026-10-01/r1.json", &first));
    assert_eq!(seal(lake, first.clone()).await.unwrap(), sealed);
    assert_eq!(lake.latest("daily", "2026-10-01").await.unwrap(), Some(sealed.clone()));
    let other = manifest(lake, None, 11).await;
    assert!(matches!(seal(lake, other).await, Err(SealError::Conflict { .. })));
    let mut replaces = None;
    for revision in 1..=10 {
        let m = manifest(lake, replaces, if revision == 1 { 10 } else { 11 }).await;
        assert_eq!(m.revision, revision);
        seal(lake, m).await.unwrap();
        replaces = Some(revision);
    }
    assert_eq!(lake.revisions("daily", "2026-10-01").await.unwrap(), (1..=10).collect::<Vec<_>>());
    assert_eq!(lake.latest("daily", "2026-10-01").await.unwrap().unwrap().manifest.revision, 10);
    assert_eq!(lake.revision("daily", "2026-10-01", 1).await.unwrap(), sealed);
    let mut next = manifest(lake, None, 3).await;
    next.period = "2026-10-02".into();
    seal(lake, next).await.unwrap();
    let periods = lake.periods("daily").await.unwrap();
    assert_eq!(periods.into_iter().collect::<Vec<_>>(), [("2026-10-01".into(), 10), ("2026-10-02".into(), 1)]);
    assert!(lake.periods("weekly").await.unwrap().is_empty());
    let path = lake.keep("book", "[book]", "toml").await.unwrap();
    assert_eq!(lake.keep("book", "[book]", "toml").await.unwrap(), path);
    assert_eq!(lake.fetch(&path).await.unwrap(), "[book]");
    assert_eq!(lake.claim("s1").await.unwrap(), Claim::Ours);
    assert_eq!(lake.claim("s1").await.unwrap(), Claim::Ours);
    assert_eq!(lake.claim("s2").await.unwrap(), Claim::OtherState("s1".into()));
}

#[test]
fn a_lake_in_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    block_on(round_trip(&lake(dir.path())));
}

#[test]
fn a_lake_in_a_bucket() {
    let server = S3Server::start();
    let scratch = tempfile::tempdir().unwrap();
    let settings = S3Settings {
        endpoint: Some(server.endpoint.clone()),
        path_style: true,
        credentials: Some(S3Credentials {
            access_key: ACCESS_KEY.into(),
            secret_key: SECRET_KEY.into(),
            session_token: None,
        }),
        scratch: scratch.path().to_owned(),
        ..S3Settings::default()
    };
    let lake = Lake::new(Blob::at(&format!("s3://{BUCKET}/x"), Path::new("."), &settings).unwrap());
    block_on(async {
        round_trip(&lake).await;
        // A seal whose answer is lost is still ours, and one that somebody else made is not.
        let ours = lake.prepare(manifest(&lake, Some(10), 12).await).await.unwrap();
        let theirs = lake.prepare(manifest(&lake, Some(10), 13).await).await.unwrap();
        server.fail_puts([Fault::LoseAnswer]);
        assert_eq!(lake.seal(ours.clone()).await.unwrap().manifest, *ours.manifest());
        server.fail_puts([Fault::Refuse(409), Fault::Refuse(503)]);
        assert!(matches!(lake.seal(theirs).await, Err(SealError::Conflict { .. })));
    });
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
}

#[test]
fn of_many_runs_one_seals() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    let results: Vec<Result<Sealed, SealError>> = std::thread::scope(|scope| {
        let tasks: Vec<_> = (1..=8)
            .map(|n| {
                let lake = lake.clone();
                scope.spawn(move || block_on(async move { seal(&lake, manifest(&lake, None, n / 2).await).await }))
            })
            .collect();
        tasks.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let there = block_on(lake.latest("daily", "2026-10-01")).unwrap().unwrap();
    for result in &results {
        match result {
            Ok(sealed) => assert_eq!(*sealed, there),
            Err(e) => assert!(matches!(e, SealError::Conflict { .. }), "{e}"),
        }
    }
    assert!((1..=2).contains(&results.iter().filter(|r| r.is_ok()).count()));
}

#[test]
fn a_manifest_that_contradicts_itself_is_not_sealed() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    let check = |change: fn(&mut Manifest)| {
        block_on(async {
            let mut m = manifest(&lake, None, 10).await;
            change(&mut m);
            let refused = seal(&lake, m).await;
            assert!(
                matches!(refused, Err(SealError::Inconsistent { .. } | SealError::Lake(LakeError::Name { .. }))),
                "{refused:?}"
            );
        });
    };
    check(|m| m.rows.insert("samples".into(), 9).map_or((), |_| ()));
    check(|m| m.digests.insert("samples".into(), Digest::default()).map_or((), |_| ()));
    check(|m| m.parts[0].bytes += 1);
    check(|m| m.parts[0].path.push('x'));
    check(|m| m.parts.push(m.parts[0].clone()));
    check(|m| m.revision = 0);
    check(|m| m.revision = 2);
    check(|m| (m.revision, m.replaces) = (2, Some(1)));
    check(|m| m.job = "../daily".into());
    check(|m| m.period = String::new());
    assert!(block_on(lake.revisions("daily", "2026-10-01")).unwrap().is_empty());
}

/// Seals two revisions, changes the newest file, and reads the newest.
fn tampered(change: impl Fn(&Path, &[u8])) -> LakeError {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    block_on(async {
        seal(&lake, manifest(&lake, None, 10).await).await.unwrap();
        let path = seal(&lake, manifest(&lake, Some(1), 11).await).await.unwrap().path;
        let file: PathBuf = dir.path().join(path);
        change(&file, &fs::read(&file).unwrap());
        lake.latest("daily", "2026-10-01").await.unwrap_err()
    })
}

#[test]
fn a_damaged_newest_manifest_is_an_error_that_names_it() {
    let named = |e: LakeError| assert!(e.to_string().contains("2026-10-01/r2.json"), "{e}");
    named(tampered(|file, _| fs::write(file, "").unwrap()));
    named(tampered(|file, good| fs::write(file, &good[..good.len() / 2]).unwrap()));
    named(tampered(|file, good| fs::write(file, &good[..good.len() - 1]).unwrap()));
    named(tampered(|file, good| fs::write(file, [good, b"\n"].concat()).unwrap()));
    named(tampered(|file, good| fs::write(file, [good, good].concat()).unwrap()));
    named(tampered(|file, good| {
        let text = String::from_utf8(good.to_vec()).unwrap();
        assert!(text.contains("\"amount\": \"-7\""));
        fs::write(file, text.replace("\"amount\": \"-7\"", "\"amount\": \"-8\"")).unwrap();
    }));
    named(tampered(|file, _| {
        fs::copy(file.with_file_name("r1.json"), file).unwrap();
    }));
    named(tampered(|file, good| {
        for at in 0..good.len() {
            let mut flipped = good.to_vec();
            flipped[at] ^= 4;
            assert!(Manifest::from_text(&flipped, "r2").is_err(), "byte {at}");
            assert!(Manifest::from_text(&good[..at], "r2").is_err(), "cut at {at}");
        }
        fs::write(file, b"\xff").unwrap();
    }));
    let lost = tampered(|file, _| fs::remove_file(file.with_file_name("r1.json")).unwrap());
    assert!(lost.to_string().contains("2026-10-01/r1.json"), "{lost}");
}

#[test]
fn what_is_no_revision_is_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    block_on(async {
        seal(&lake, manifest(&lake, None, 10).await).await.unwrap();
        for name in ["r01.json", "r+2.json", "r0.json", "r2.json.bak", "x2.json", "r.json", "r99999999999.json"] {
            lake.blob().put(&format!("manifests/daily/2026-10-01/{name}"), "{}").await.unwrap();
        }
        assert_eq!(lake.revisions("daily", "2026-10-01").await.unwrap(), [1]);
        assert_eq!(lake.periods("daily").await.unwrap().len(), 1);
    });
}

#[test]
fn a_later_layout_is_told_apart_from_damage() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    block_on(async {
        let mut m = manifest(&lake, None, 1).await;
        m.schema = 3;
        // This build can write the text, and must not read it.
        let text = m.to_text().unwrap();
        lake.blob().put(&m.path(), text).await.unwrap();
        let refused = lake.latest("daily", "2026-10-01").await.unwrap_err();
        assert!(matches!(refused, LakeError::Newer { schema: 3, known: 2, .. }));
        let said = refused.to_string();
        let wanted = format!(
            "is in shape 3, written by trueup {0}, and this build (trueup {0}) reads up to shape 2",
            env!("CARGO_PKG_VERSION")
        );
        assert!(said.ends_with(&wanted), "{said}");
        lake.blob().put("lake.json", "{\"schema\": 2, \"whose\": \"x\"}").await.unwrap();
        assert!(matches!(lake.claim("x").await, Err(LakeError::Newer { .. })));
        lake.blob().put("lake.json", "").await.unwrap();
        assert!(matches!(lake.claim("x").await, Err(LakeError::Damaged { .. })));
    });
}

#[test]
fn kept_files_are_checked() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    block_on(async {
        let path = lake.keep("accounts", "a,b\n", "csv").await.unwrap();
        fs::write(dir.path().join(&path), "a,c\n").unwrap();
        assert!(matches!(lake.fetch(&path).await, Err(LakeError::Damaged { .. })));
        assert_eq!(lake.keep("accounts", "a,b\n", "csv").await.unwrap(), path);
        assert_eq!(lake.fetch(&path).await.unwrap(), "a,b\n");
        assert!(matches!(lake.keep("../x", "", "csv").await, Err(LakeError::Name { .. })));
    });
}
