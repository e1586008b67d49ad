//! The same pipeline with its lake and its publishing place in a bucket.

use std::fs;

use crate::desk::operator;
use crate::s3_server::{ACCESS_KEY, BUCKET, S3Server, SECRET_KEY};

#[test]
fn a_lake_in_a_bucket_publishes_the_same_bytes() {
    let server = S3Server::start();
    let folder = operator();
    let bucket = operator();
    let settings = fs::read_to_string(bucket.path().join("trueup.toml")).unwrap();
    let s3 = format!(
        "[lake]\nurl = \"s3://{BUCKET}/lake\"\n[s3]\nendpoint = \"{}\"\nregion = \"eu-central-1\"\npath_style = true\n\n",
        server.endpoint
    );
    fs::write(bucket.path().join("trueup.toml"), format!("{s3}{settings}")).unwrap();
    for desk in [&folder, &bucket] {
        for _ in 0..2 {
            let mut command =
                desk.command(&["run", "monthly", "--period", "2026-10", "--as-of", "2026-11-04T00:00:00+08:00"]);
            command.env("AWS_ACCESS_KEY_ID", ACCESS_KEY).env("AWS_SECRET_ACCESS_KEY", SECRET_KEY);
            let output = command.output().unwrap();
            assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
    assert!(!folder.tree("out").is_empty());
    assert!(folder.tree("out") == bucket.tree("out"));
    assert!(bucket.tree("lake").is_empty());
}
