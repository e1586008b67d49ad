//! Two machines with copies of one state and one lake in a bucket.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use crate::bills::october;
use crate::desk::{Desk, Ran};
use crate::s3_server::{ACCESS_KEY, BUCKET, S3Server, SECRET_KEY};

/// A run of October's bills, not yet begun, with the lake below `prefix` of the bucket.
fn closing(desk: &Desk, server: &S3Server, prefix: &str) -> Command {
    let settings = fs::read_to_string(desk.path().join("trueup.toml")).unwrap();
    let own = settings.find("[time]").unwrap();
    let s3 = format!(
        "[lake]\nurl = \"s3://{BUCKET}/{prefix}\"\n[s3]\nendpoint = \"{}\"\nregion = \"eu-central-1\"\npath_style = true\n\n",
        server.endpoint
    );
    desk.write("trueup.toml", format!("{s3}{}", &settings[own..]));
    let mut command = desk.command(&["run", "monthly", "--period", "2099-10", "--as-of", "2099-11-04T00:00:00Z"]);
    command.env("AWS_ACCESS_KEY_ID", ACCESS_KEY).env("AWS_SECRET_ACCESS_KEY", SECRET_KEY);
    command
}

fn close(desk: &Desk, server: &S3Server, prefix: &str) -> Ran {
    Ran::of(closing(desk, server, prefix).output().unwrap())
}

/// Final documents by file name, of those that lie in a folder.
fn documents(folder: &std::path::Path) -> BTreeMap<String, Vec<u8>> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    let files = entries.map(|e| e.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "json"));
    files.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())).collect()
}

/// Two machines whose state is one, as it was before October was closed, and whose accounts differ.
fn hosts(server: &S3Server, prefix: &str) -> (Desk, Desk) {
    let first = october();
    let _ = closing(&first, server, prefix);
    let mut ingest = first.command(&["ingest", "--as-of", "2099-11-02T00:00:00Z"]);
    ingest.env("AWS_ACCESS_KEY_ID", ACCESS_KEY).env("AWS_SECRET_ACCESS_KEY", SECRET_KEY);
    let ran = Ran::of(ingest.output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let second = first.copy();
    let accounts = fs::read_to_string(second.path().join("accounts.csv")).unwrap();
    let others: Vec<&str> = accounts.lines().filter(|l| !l.starts_with("acme,")).collect();
    second.write("accounts.csv", others.join("\n"));
    (first, second)
}

#[test]
fn of_two_hosts_with_one_state_and_one_bucket_one_gives_numbers() {
    let server = S3Server::start();
    let in_lake = |prefix: &str| documents(&server.bucket().join(prefix).join("documents"));
    let out = |desk: &Desk| documents(&desk.path().join("out/documents/2099-10"));
    // One after the other.
    let (first, second) = hosts(&server, "after");
    let ran = close(&first, &server, "after");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let kept = in_lake("after");
    assert!(kept.len() == 5 && kept == out(&first));
    for _ in 0..2 {
        let ran = close(&second, &server, "after");
        assert_eq!(ran.code, 5, "{}", ran.stderr);
        assert!(ran.stderr.contains("the state has never given that number"), "{}", ran.stderr);
    }
    assert!(kept == in_lake("after") && out(&second).is_empty() && second.tree("outbox").is_empty());
    assert_eq!(close(&first, &server, "after").code, 0);
    // Side by side: whoever wins, what is published anywhere is what lies in the lake.
    let (first, second) = hosts(&server, "beside");
    let both = [&first, &second].map(|desk| {
        let mut command = closing(desk, &server, "beside");
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
    });
    let ran = both.map(|child| Ran::of(child.wait_with_output().unwrap()));
    let told = format!("{} {}\n{} {}", ran[0].code, ran[0].stderr, ran[1].code, ran[1].stderr);
    let again = [&first, &second].map(|desk| close(desk, &server, "beside").code);
    assert!(again.contains(&0) && again.contains(&5), "{again:?}\n{told}");
    let kept = in_lake("beside");
    for (desk, code) in [&first, &second].into_iter().zip(again) {
        assert!(if code == 0 { kept == out(desk) } else { out(desk).is_empty() }, "{told}");
    }
}
