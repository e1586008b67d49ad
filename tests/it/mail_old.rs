//! An outbox with years behind it costs a run no more than a new one.

use std::time::{Duration, Instant};

use sqlx::{Connection, SqliteConnection};

use crate::desk::Desk;
use crate::mail_notices::{accounts, hub, make_low};

/// Messages of the past, each with the three changes of its life.
const OLD: u32 = 100_000;

fn fill(desk: &Desk) {
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {OLD})
         INSERT INTO outbox SELECT 'low_balance/' || printf('%032x/%d/%032x', i % 5000, i, i), 1000 + i,
             CASE WHEN i % 4 = 0 THEN 'document' ELSE 'low_balance' END, 'old-' || (i % 5000), 'old@example.org',
             'old-' || i || '@hub.example.com', i, i + 1, zeroblob(2000), 'accepted', 1, NULL, i, 'sent' FROM n;
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3 * {OLD})
         INSERT INTO outbox_log (message_key, at, was, became, detail)
             SELECT 'low_balance/' || printf('%032x/%d/%032x', (i / 3) % 5000, i / 3, i / 3), i,
             CASE i % 3 WHEN 0 THEN '' WHEN 1 THEN 'ready' ELSE 'sending' END,
             CASE i % 3 WHEN 0 THEN 'ready' WHEN 1 THEN 'sending' ELSE 'accepted' END, '' FROM n;"
    );
    change(desk, sql);
}

fn change(desk: &Desk, sql: String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let url = format!("sqlite:{}", desk.path().join("state.db").display());
        let mut db = SqliteConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut db).await.unwrap();
        db.close().await.unwrap();
    });
}

fn tell(desk: &Desk) -> Duration {
    let begun = Instant::now();
    let ran = desk.run(&["notify"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    begun.elapsed()
}

/// A run was killed while it wrote a message: half a file, and no word of how it ended.
#[test]
fn half_a_message_is_swept_away_and_the_whole_one_is_there_once() {
    let desk = hub("url = \"file:outbox\"");
    accounts(&desk, &[("anna", "anna@example.org")]);
    make_low(&desk, &["anna"]);
    assert_eq!(desk.run(&["ingest"]).code, 0);
    tell(&desk);
    let sent = desk.tree("outbox");
    change(&desk, "UPDATE outbox SET status = 'sending'".to_owned());
    std::fs::remove_file(desk.path().join("outbox").join(&sent[0].0)).unwrap();
    desk.write("outbox/.tmp-7afb-3", &sent[0].1[..100]);
    tell(&desk);
    assert!(sent.len() == 1 && desk.tree("outbox") == sent);
}

#[test]
fn an_old_outbox_makes_no_run_slow() {
    let desks = [false, true].map(|is_old| {
        let desk = hub("url = \"file:outbox\"\noperator = \"ops@hub.example.com\"");
        let names: Vec<String> = (0..40).map(|n| format!("a{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        accounts(&desk, &names.iter().map(|n| (*n, "someone@example.org")).collect::<Vec<_>>());
        desk.write("raw/postings/none.jsonl", "");
        assert_eq!(desk.run(&["ingest"]).code, 0);
        assert_eq!(desk.run(&["notify"]).code, 0);
        if is_old {
            fill(&desk);
            // The day's first digest tells of all of them.
            tell(&desk);
        }
        make_low(&desk, &names);
        assert_eq!(desk.run(&["ingest"]).code, 0);
        desk
    });
    let before = desks[1].tree("outbox").len();
    let sent = [&desks[0], &desks[1]].map(tell);
    assert_eq!(desks[1].tree("outbox").len() - before, 40, "each is told");
    let again = [&desks[0], &desks[1]].map(tell);
    eprintln!("40 notices: {sent:?}, none: {again:?}, without and with {OLD} old messages");
    assert!(sent[1] < sent[0] * 3 + Duration::from_millis(500), "{sent:?}");
    assert!(again[1] < again[0] * 3 + Duration::from_millis(500), "{again:?}");
}
