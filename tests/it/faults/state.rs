//! What a state says, as text: every table but what is there to be forgotten.

use std::collections::BTreeMap;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

/// Notes of runs, and what was found unchanged: they tell of the way, not of what is so.
const ASIDE: [&str; 3] = ["runs", "checked", "outbox_log"];
/// How often a message was tried tells of the way as well; the state's own id is drawn anew.
const COLUMNS_ASIDE: [&str; 4] = ["attempts", "next_try", "changed", "detail"];

/// Rows as text, in order, by table.
pub(super) fn said(file: &Path) -> BTreeMap<String, Vec<u8>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(file);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
        let listed = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
        let tables: Vec<String> = sqlx::query_scalar(listed).fetch_all(&pool).await.unwrap();
        let mut said = BTreeMap::new();
        for table in tables.iter().filter(|table| !ASIDE.contains(&table.as_str())) {
            let columns = sqlx::query_scalar("SELECT name FROM pragma_table_info($1)").bind(table.clone());
            let columns: Vec<String> = columns.fetch_all(&pool).await.unwrap();
            let told: Vec<String> = columns
                .iter()
                .filter(|column| !COLUMNS_ASIDE.contains(&column.as_str()))
                .map(|column| format!("'{column}=' || quote({column})"))
                .collect();
            let but = if table == "meta" { " WHERE name != 'state_id'" } else { "" };
            let sql = format!("SELECT {} AS line FROM {table}{but} ORDER BY line", told.join(" || ' ' || "));
            let rows: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&pool).await.unwrap();
            said.insert(table.clone(), rows.join("\n").into_bytes());
        }
        pool.close().await;
        said
    })
}
