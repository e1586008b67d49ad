use std::path::Path;
use std::time::Duration;

use super::s3_server::{ACCESS_KEY, BUCKET, Fault, S3Server, SECRET_KEY};
use super::{behaves, block_on, keys, one_winner};
use crate::edge::blob::{Blob, BlobErrorKind, PutOutcome, S3Credentials, S3Settings};

fn settings(endpoint: &str) -> S3Settings {
    S3Settings {
        endpoint: Some(endpoint.to_owned()),
        path_style: true,
        credentials: Some(S3Credentials {
            access_key: ACCESS_KEY.to_owned(),
            secret_key: SECRET_KEY.to_owned(),
            session_token: None,
        }),
        scratch: std::env::temp_dir(),
        timeout: Duration::from_secs(10),
        page: 3,
        ..S3Settings::default()
    }
}

fn at(url: &str, settings: &S3Settings) -> Blob {
    Blob::at(url, Path::new("."), settings).expect("settings are whole")
}

fn lake(server: &S3Server) -> Blob {
    at(&format!("s3://{BUCKET}/some/prefix"), &settings(&server.endpoint))
}

#[test]
fn behaves_as_a_store() {
    let server = S3Server::start();
    block_on(async {
        behaves(&lake(&server)).await;
        let whole = at(&format!("s3://{BUCKET}"), &settings(&server.endpoint));
        assert!(keys(&whole.list("").await.unwrap()).iter().all(|k| k.starts_with("some/prefix/")));
        assert_eq!(whole.get("some/prefix/a/y").await.unwrap().as_ref(), b"four");
    });
}

#[test]
fn listings_go_over_pages() {
    let server = S3Server::start();
    let blob = lake(&server);
    block_on(async {
        let expected: Vec<String> = (0..11).map(|n| format!("p/{n:02}")).collect();
        for key in expected.iter().rev() {
            blob.put(key, "x").await.unwrap();
        }
        assert_eq!(keys(&blob.list("p/").await.unwrap()), expected);
    });
}

#[test]
fn exactly_one_of_many_writers_creates() {
    let server = S3Server::start();
    one_winner(&lake(&server), 6, 3);
}

#[test]
fn a_store_that_ignores_conditions_is_found_out() {
    let server = S3Server::start();
    server.ignore_conditions();
    let refused = block_on(lake(&server).prove_put_if_absent("probe")).unwrap_err();
    assert_eq!(refused.kind, BlobErrorKind::Config);
}

#[test]
fn a_lost_answer_is_settled_by_reading_back() {
    let server = S3Server::start();
    let blob = lake(&server);
    let faults = [
        vec![Fault::LoseAnswer],
        vec![Fault::AnswerAfter(500)],
        vec![Fault::Refuse(503)],
        vec![Fault::Refuse(500), Fault::Refuse(500), Fault::LoseAnswer],
        vec![Fault::Refuse(409), Fault::Refuse(409)],
        vec![Fault::Refuse(409), Fault::AnswerAfter(503)],
    ];
    block_on(async {
        for (n, faults) in faults.into_iter().enumerate() {
            let key = format!("k{n}");
            server.fail_puts(faults.clone());
            assert_eq!(blob.put_if_absent(&key, "ours").await.unwrap(), PutOutcome::Created, "{faults:?}");
            assert_eq!(blob.get(&key).await.unwrap().as_ref(), b"ours");
            server.fail_puts(faults.clone());
            assert_eq!(blob.put_if_absent(&key, "theirs").await.unwrap(), PutOutcome::Exists, "{faults:?}");
            assert_eq!(blob.get(&key).await.unwrap().as_ref(), b"ours");
        }
    });
}

#[test]
fn a_store_that_stays_away_is_unavailable() {
    let server = S3Server::start();
    let blob = lake(&server);
    server.fail_puts([Fault::Refuse(503); 6]);
    block_on(async {
        assert_eq!(blob.put_if_absent("k", "x").await.unwrap_err().kind, BlobErrorKind::Unavailable);
        assert!(!blob.exists("k").await.unwrap());
        server.fail_puts([Fault::Refuse(403)]);
        assert_eq!(blob.put_if_absent("k", "x").await.unwrap_err().kind, BlobErrorKind::Denied);
    });
}

#[test]
fn errors_say_what_is_wrong() {
    let server = S3Server::start();
    let good = settings(&server.endpoint);
    let kind = |blob: &Blob| block_on(blob.list("")).unwrap_err().kind;
    assert_eq!(kind(&at("s3://no-such-bucket", &good)), BlobErrorKind::Config);
    let absent = at("s3://no-such-bucket", &good);
    assert_eq!(block_on(absent.put("k", "x")).unwrap_err().kind, BlobErrorKind::Config);
    assert_eq!(block_on(absent.put_if_absent("k", "x")).unwrap_err().kind, BlobErrorKind::Config);

    let mut wrong = good.clone();
    wrong.credentials.as_mut().unwrap().secret_key = "guess".to_owned();
    let refused = block_on(at(&format!("s3://{BUCKET}"), &wrong).list("")).unwrap_err();
    assert_eq!(refused.kind, BlobErrorKind::Denied);
    assert!(!format!("{refused} {refused:?} {wrong:?}").contains("guess"));

    let nobody = settings("http://127.0.0.1:1");
    assert_eq!(kind(&at(&format!("s3://{BUCKET}"), &nobody)), BlobErrorKind::Unavailable);

    let config = |change: fn(&mut S3Settings)| {
        let mut s = good.clone();
        change(&mut s);
        Blob::at("s3://lake", Path::new("."), &s).unwrap_err().kind
    };
    assert_eq!(config(|s| s.credentials = None), BlobErrorKind::Config);
    assert_eq!(config(|s| s.endpoint = None), BlobErrorKind::Config);
    assert_eq!(config(|s| s.endpoint = Some("localhost:9000".to_owned())), BlobErrorKind::Config);
}
