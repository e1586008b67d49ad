//! What is known of every wallet after a day, for notices.

use crate::domain::notice::WatchRow;
use crate::record;

record! { "watches" => WatchRow {
    kind: Name, account_id: Text, wallet: Name, unit: Name, at: Instant, amount: Amount, other: Amount, day: I64,
    threshold: Name, posting_id: Text,
} }
