//! Numbers and documents survive crashes, old copies and another kind of state.

use std::fs;
use std::process::Stdio;
use std::time::Instant;

use sqlx::{Connection, SqliteConnection};
use trueup::edge::state::{Message, State};

use super::{SETTINGS, call, close_october, document, monthly, october, posting};

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
fn a_document_that_cannot_be_printed_stands_in_no_ones_way() {
    let desk = october();
    let mail = "[mail]\nurl = \"file:outbox\"\nfrom = \"Hub <billing@hub.example>\"\nfresh = \"400d\"\n";
    desk.write("trueup.toml", format!("{SETTINGS}{mail}[invoice]\ntemplate = \"bill.typ\"\n"));
    let broken =
        "#let d = json(\"document.json\")\n#if d.customer.account_id == \"acme\" { panic(\"no ink\") }\n#d.number\n";
    desk.write("bill.typ", broken);
    let tell = || desk.run(&["notify", "--as-of", "2099-11-04T00:00:00Z"]);
    for _ in 0..2 {
        let ran = close_october(&desk);
        assert_eq!(ran.code, 4, "{}", ran.stderr);
        assert!(ran.stderr.contains("unprinted  INV-2099-1: ") && ran.stderr.contains("no ink"), "{}", ran.stderr);
        // Every run tries again, and says so.
        let told = tell();
        assert!(told.code == 4 && told.stderr.contains("unprinted  INV-2099-1: "), "{}", told.stderr);
        let there = |file: &str| desk.path().join("out/documents/2099-10").join(file).exists();
        assert!(!there("INV-2099-1.pdf") && !there("INV-2099-1.json"));
        assert!(["INV-2099-2", "INV-2099-3", "STM-2099-1"].iter().all(|n| there(&format!("{n}.pdf"))));
        assert!(desk.path().join("lake/documents/INV-2099-1.json").exists(), "it has its number");
        assert_eq!(desk.tree("outbox").len(), 3, "nobody is sent a document that is not there");
    }
    desk.write("bill.typ", broken.replace("panic(\"no ink\")", "[ink]"));
    let ran = close_october(&desk);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(desk.path().join("out/documents/2099-10/INV-2099-1.pdf").exists());
    assert_eq!((tell().code, desk.tree("outbox").len()), (0, 4));
    // A template that makes nothing at all is a wrong setting, and nothing gets a number.
    desk.write("bill.typ", "#panic(\"no paper\")");
    desk.write("raw/calls/november.jsonl", call("c-91", "acme", "m-1", "2099-11-10T10:00:00Z", 100));
    let before = desk.tree("lake/documents").len();
    assert_eq!(monthly(&desk, "2099-11", "2099-12-04T00:00:00Z").code, 78);
    assert_eq!(desk.tree("lake/documents").len(), before);
}

#[test]
fn documents_are_made_again_from_the_days_they_name() {
    let desk = october();
    assert_eq!(close_october(&desk).code, 0);
    let asked = ["invoice", "--account", "req", "--final", "--period", "2099-10", "--as-of", "2099-11-05T00:00:00Z"];
    assert_eq!(desk.run(&asked).code, 0);
    let verify = |period: &str| {
        let ran = desk.run(&["verify", period, "--format", "text"]);
        (ran.code, format!("{}{}", ran.stdout, ran.stderr))
    };
    let (code, said) = verify("2099-10");
    assert!(code == 0 && said.contains(", 6 documents (6 made again): every digest is equal"), "{said}");
    // Late rows, a late payment, a correction and other accounts later: what is out is still made of its own days.
    let corrected = call("c-2", "acme", "m-2", "2099-10-06T10:00:00Z", 400).replace("}\n", r#","row_version":2}"#);
    desk.write("raw/calls/corrected.jsonl", corrected + "\n");
    desk.write("raw/calls/late.jsonl", call("c-90", "least", "m-1", "2099-10-30T10:00:00Z", 300));
    desk.write("raw/calls/november.jsonl", call("c-91", "acme", "m-1", "2099-11-10T10:00:00Z", 100));
    let late = r#","money":"5","currency":"EUR","reference":"PAY-9""#;
    let usage = posting("p-8", "pre", "usage", "-1", "2099-10-30T10:00:02Z", "");
    let paid = posting("p-7", "pre", "top_up", "5", "2099-10-30T00:00:00Z", late);
    desk.write("raw/postings/late.jsonl", paid + &usage);
    let accounts = fs::read_to_string(desk.path().join("accounts.csv")).unwrap();
    desk.write("accounts.csv", accounts.replace("Acme GmbH", "Acme SE").replace("Weg 3", "Ring 3"));
    for period in ["2099-10", "2099-11"] {
        let ran = monthly(&desk, period, "2099-12-04T00:00:00Z");
        assert!([0, 3, 4].contains(&ran.code), "{}", ran.stderr);
    }
    let credit = ["invoice", "credit", "INV-2099-2", "--reason", "kindness"];
    assert_eq!(desk.run(&credit).code, 0);
    assert_eq!(desk.tree("lake/manifests/invoice/2099-10").len(), 2);
    let (_, said) = verify("2099-10");
    assert!(!said.contains("documents/"), "{said}");
    let (code, said) = verify("2099-11");
    assert!(code == 0 && !said.contains("documents/"), "{said}");
}

#[test]
fn a_document_that_is_not_what_its_days_give_is_named() {
    let desk = october();
    assert_eq!(close_october(&desk).code, 0);
    let state = desk.path().join("state.db");
    let wrong = |sql: &str| {
        let script = format!("DROP TRIGGER IF EXISTS documents_stay; DROP TRIGGER IF EXISTS documents_last; {sql}");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut db = SqliteConnection::connect(&format!("sqlite:{}", state.display())).await.unwrap();
            sqlx::raw_sql(sqlx::AssertSqlSafe(script)).execute(&mut db).await.unwrap();
            db.close().await.unwrap();
        });
    };
    let verify = || desk.run(&["verify", "2099-10"]);
    // Somebody changed the kept document.
    assert_eq!(document(&desk, "2099-10", "STM-2099-1")["customer"]["name"], "Ann");
    wrong("UPDATE documents SET body = replace(body, '\"Ann\"', '\"Eve\"') WHERE number = 'STM-2099-1'");
    let ran = verify();
    assert_eq!(ran.code, 5, "{}", ran.stderr);
    assert!(ran.stderr.contains("documents/STM-2099-1.json is not in the state as it was numbered"), "{}", ran.stderr);
    assert!(ran.stderr.contains("STM-2099-1.json is not what its days give again: customer"), "{}", ran.stderr);
    wrong("UPDATE documents SET body = replace(body, '\"Eve\"', '\"Ann\"') WHERE number = 'STM-2099-1'");
    assert_eq!(verify().code, 0);
    desk.write("lake/documents/INV-2099-9.json", "{}");
    let ran = verify();
    assert_eq!(ran.code, 5);
    assert!(ran.stderr.contains("documents/INV-2099-9.json has a number the state never gave"), "{}", ran.stderr);
    fs::remove_file(desk.path().join("lake/documents/INV-2099-9.json")).unwrap();
    wrong("DELETE FROM documents WHERE number = 'INV-2099-2'");
    let ran = verify();
    assert_eq!(ran.code, 5);
    assert!(ran.stderr.contains("the numbers of INV-2099- run from 1 to 3, and 2 is missing"), "{}", ran.stderr);
}

#[test]
fn a_held_statement_names_its_wallet() {
    let desk = october();
    let more = [("p-60", "spare"), ("p-61", "gift")].map(|(id, wallet)| {
        posting(id, "pre", "grant", "1", "2099-10-04T00:00:00Z", &format!(",\"wallet\":\"{wallet}\""))
    });
    desk.write("raw/postings/more.jsonl", more.concat());
    desk.write("raw/calls/more.jsonl", call("c-9", "pre", "m-9", "2099-10-09T10:00:00Z", 1));
    let ran = close_october(&desk);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    let mut held: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("held ")).collect();
    assert!(
        held.iter().any(|line| line.contains("statement of pre, wallet gift in EUR: 1 calls have no price")),
        "{held:?}"
    );
    let count = held.len();
    held.dedup();
    assert!(count == 4 && held.len() == count, "each held document is told apart: {held:?}");
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
