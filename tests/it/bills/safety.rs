//! Numbers and documents survive crashes, old copies and another kind of state.

use std::fs;
use std::process::Stdio;
use std::time::Instant;

use trueup::edge::state::{Message, State};

use super::{SETTINGS, call, close_october, monthly, october};

#[test]
fn an_old_copy_of_the_state_gives_no_number_twice() {
    let desk = october();
    assert_eq!(close_october(&desk).code, 0);
    let files = ["state.db", "state.db-wal", "state.db-shm"];
    let copy = files.map(|file| fs::read(desk.path().join(file)).ok());
    desk.write("raw/calls/november.jsonl", call("c-91", "acme", "m-1", "2099-11-10T10:00:00Z", 100));
    assert_eq!(monthly(&desk, "2099-11", "2099-12-04T00:00:00Z").code, 0);
    for (file, bytes) in files.iter().zip(copy) {
        let _ = fs::remove_file(desk.path().join(file));
        if let Some(bytes) = bytes {
            desk.write(file, bytes);
        }
    }
    let documents = (desk.tree("lake/documents"), desk.tree("out/documents"));
    desk.write("raw/calls/december.jsonl", call("c-92", "least", "m-1", "2099-12-10T10:00:00Z", 100));
    let ran = monthly(&desk, "2099-12", "2100-01-04T00:00:00Z");
    assert_eq!(ran.code, 5, "{}", ran.stderr);
    assert!(ran.stderr.contains("old copy"), "{}", ran.stderr);
    assert!(documents == (desk.tree("lake/documents"), desk.tree("out/documents")));
}

#[test]
fn what_a_stopped_run_left_out_the_next_one_makes() {
    let desk = october();
    assert_eq!(close_october(&desk).code, 0);
    let (out, lake) = (desk.tree("out/documents"), desk.tree("lake/documents"));
    for file in ["lake/documents/INV-2099-2.json", "out/documents/2099-10/INV-2099-2.json"] {
        fs::remove_file(desk.path().join(file)).unwrap();
    }
    fs::remove_dir_all(desk.path().join("out/documents/2099-10/drafts")).unwrap();
    fs::remove_file(desk.path().join("out/documents/2099-10/INV-2099-1.json")).unwrap();
    fs::remove_file(desk.path().join("out/documents/2099-10/INV-2099-1.calls.csv")).unwrap();
    let ran = monthly(&desk, "2099-10", "2099-11-25T00:00:00Z");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(out == desk.tree("out/documents") && lake == desk.tree("lake/documents"));
    assert_eq!(desk.run(&["verify", "2099-10"]).code, 0);
    let first = desk.path().join("lake/documents/INV-2099-1.json");
    let text = fs::read_to_string(&first).unwrap();
    fs::write(&first, text.replace("1416.10", "1416.11")).unwrap();
    let verified = desk.run(&["verify", "2099-10"]);
    assert_eq!(verified.code, 5, "{}", verified.stderr);
    assert!(verified.stderr.contains("documents/INV-2099-1.json is not the document that was issued"));
    fs::write(&first, text).unwrap();
    // Something else under a number stops everything.
    fs::remove_file(desk.path().join("lake/documents/INV-2099-2.json")).unwrap();
    desk.write("lake/documents/INV-2099-7.json", "{}");
    assert_eq!(monthly(&desk, "2099-10", "2099-11-26T00:00:00Z").code, 5);
}

#[test]
fn the_same_numbers_with_postgres() {
    let Ok(server) = std::env::var("TRUEUP_TEST_POSTGRES") else {
        eprintln!("skipped: TRUEUP_TEST_POSTGRES names no server (tests/postgres.sh starts one)");
        return;
    };
    let file = october();
    assert_eq!(close_october(&file).code, 0);
    let desk = october();
    let schema = format!("bills_{}", std::process::id());
    let join = if server.contains('?') { '&' } else { '?' };
    let made = std::process::Command::new("psql").args([&server, "-qc", &format!("CREATE SCHEMA {schema}")]).status();
    assert!(made.is_ok_and(|status| status.success()), "a schema");
    desk.write("trueup.toml", format!("{SETTINGS}[state]\nurl = \"{server}{join}options[search_path]={schema}\"\n"));
    for _ in 0..2 {
        let ran = close_october(&desk);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    assert!(file.tree("out/documents") == desk.tree("out/documents"));
    let drop = format!("DROP SCHEMA {schema} CASCADE");
    let _ = std::process::Command::new("psql").args([&server, "-qc", &drop]).status();
}

#[test]
fn customers_are_told_of_what_is_final_and_each_once() {
    let desk = october();
    let outbox = || -> Vec<Message> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let state = State::open("sqlite:state.db", desk.path(), [0; 16]).await.unwrap();
            let messages = state.outbox_list(None).await.unwrap();
            state.close().await;
            messages
        })
    };
    assert_eq!(monthly(&desk, "2099-10", "2099-11-01T12:00:00Z").code, 0);
    assert_eq!(outbox(), [], "nobody is told of a draft");
    assert_eq!(close_october(&desk).code, 0);
    let messages = outbox();
    let told: Vec<String> =
        messages.iter().map(|m| format!("{} {} {}", m.message.key, m.message.recipient, m.status.name())).collect();
    assert_eq!(
        told,
        [
            "document/INV-2099-1 ap@acme.example ready",
            "document/INV-2099-2 ap@least.example ready",
            "document/STM-2099-1 ann@example.com ready",
            "document/INV-2099-3 ann@example.com ready",
        ]
    );
    let published = fs::read(desk.path().join("out/documents/2099-10/INV-2099-1.json")).unwrap();
    assert!(messages[0].message.body == published);
    assert!(messages[0].message.message_id.ends_with("@hub.example"));
    assert_eq!(monthly(&desk, "2099-10", "2099-11-08T00:00:00Z").code, 0);
    assert_eq!(outbox(), messages);
}

/// Kills a run that makes documents final, again and again, at moments spread over its whole length.
#[test]
fn killed_at_any_moment_the_numbers_and_files_are_the_same() {
    let prepared = || {
        let desk = october();
        assert_eq!(monthly(&desk, "2099-10", "2099-11-01T12:00:00Z").code, 0);
        desk
    };
    let args = ["invoice", "--period", "2099-10", "--as-of", "2099-11-04T00:00:00Z"];
    let calm = prepared();
    let begun = Instant::now();
    assert_eq!(calm.run(&args).code, 0);
    let length = begun.elapsed();
    for round in 0..3u32 {
        let desk = prepared();
        for kill in 0..6u32 {
            let mut run = desk.command(&args).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(length * (6 * kill + round) / 36);
            let _ = run.kill();
            run.wait().unwrap();
        }
        let ran = desk.run(&args);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        for folder in ["out/documents", "lake/documents"] {
            assert!(desk.tree(folder) == calm.tree(folder), "round {round}: {folder}");
        }
    }
}
