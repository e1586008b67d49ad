use super::*;
use crate::domain::ledger::{Key, KeyStatus, Mode};

const ACCOUNTS: &str = "\
account_id,name,email,mode,currency,tax,low_balance,volume_discount,terms_days,country,from,note
alice,\"Alice, Ltd\",a@example.com,postpaid,EUR,standard:19,10%;500,1000:5;5000:10,30,DE,,
alice,Alice SE,,postpaid,EUR,exempt:export,3d,,,DE,2026-10-01T00:00:00Z,x
bob,Bob,,,,,,,,,,
";

#[test]
fn accounts_are_read() {
    let read = read_accounts(Body::from_vec(ACCOUNTS.into()), None, &Default::default(), "accounts.csv").unwrap();
    let [first, second, bob] = &read.rows[..] else { panic!() };
    assert_eq!((first.name.as_str(), first.mode, first.from), ("Alice, Ltd", Mode::Postpaid, None));
    assert_eq!(first.other["volume_discount"], "1000:5;5000:10");
    assert_eq!(second.from.unwrap().to_string(), "2026-10-01T00:00:00Z");
    assert_eq!((bob.mode, bob.other.len()), (Mode::Prepaid, 0));
    assert_eq!(read.unknown.into_iter().collect::<Vec<_>>(), [("note".to_owned(), 1)]);
    let json = r#"{"account_id":"a","name":"A","terms_days":30,"commitment":"100"}"#;
    let read = read_accounts(Body::from_vec(json.into()), None, &Default::default(), "a.jsonl").unwrap();
    assert_eq!(read.rows[0].other["terms_days"], "30");
}

#[test]
fn one_bad_row_refuses_the_file_and_every_one_is_listed() {
    let text = "account_id,name,tax\na,A,\n,B,\nc,C,much\na,Other,\na,A,\n";
    let said = read_accounts(Body::from_vec(text.into()), None, &Default::default(), "accounts.csv").unwrap_err();
    let expect = "accounts.csv:3: account_id is missing\n\
                  accounts.csv:4: tax is not standard:19, inclusive:6, reverse_charge or exempt:REASON\n\
                  accounts.csv:5: account_id is named twice for the same time, with other terms";
    assert_eq!(said.to_string(), expect);
    let said =
        read_accounts(Body::from_vec(b"id,name\n".to_vec()), None, &Default::default(), "accounts.csv").unwrap_err();
    assert_eq!(said.to_string(), "accounts.csv has no column account_id");
}

#[test]
fn terms_are_checked() {
    let check = |column: &str, good: &[&str], bad: &[&str]| {
        let read = |value: &str| {
            let text = format!("account_id,name,{column}\na,A,\"{value}\"\n");
            read_accounts(Body::from_vec(text.into()), None, &Default::default(), "a.csv")
        };
        good.iter().for_each(|value| assert!(read(value).is_ok(), "{column} {value}"));
        for value in bad {
            let said = read(value).expect_err(value).to_string();
            assert!(said.starts_with(&format!("a.csv:2: {column} is not ")), "{said}");
        }
    };
    check("mode", &["prepaid", "postpaid", ""], &["free"]);
    check("email", &["a@b"], &["a", "a b@c"]);
    check("time_zone", &["Asia/Shanghai"], &["Mars"]);
    check("terms_days", &["0", "30"], &["-1", "30.5", "99999", "+3"]);
    check("country", &["DE"], &["de", "DEU", "Germany"]);
    check(
        "tax",
        &["standard:19", "inclusive:6.5", "reverse_charge", "exempt:art. 146"],
        &["19", "standard:101", "standard:", "exempt:", "reverse_charge:1"],
    );
    check("low_balance", &["10%", "500", "3d", "10%;3d"], &["low", "-5", "0d", "10%;"]);
    check("volume_discount", &["1000:5", "1000:5;5000:10"], &["5", "1000:5;1000:6", "1000:200", "5000:1;1000:2"]);
    check("commitment", &["0", "100.5"], &["-1", "x"]);
    check("invoice_on", &["usage", "top_up", "request", "none"], &["never"]);
    check("bill", &["expected", "recorded"], &["posted"]);
}

fn key(members: &str) -> Result<Key, String> {
    let row = format!(r#"{{"api_key_id":"k","account_id":"a"{members}}}"#);
    let read =
        read_keys(Body::from_vec(row.replace('\n', "").into()), None, "keys.jsonl").map_err(|e| e.to_string())?;
    Ok(read.rows.into_iter().next().unwrap())
}

#[test]
fn keys_are_read() {
    let read = key(
        r#","supplier":"s","quota":1000000,"quota_unit":"CNY","used_before":"5","expires_at":"2026-12-01T00:00:00Z",
        "status":"disabled","disabled_at":"2026-11-01T00:00:00Z","last_used_at":"2026-10-31T00:00:00Z""#,
    );
    let read = read.unwrap();
    assert_eq!((read.status, read.quota.unwrap().to_string().as_str()), (KeyStatus::Disabled, "1000000"));
    assert_eq!((key("").unwrap().status, key("").unwrap().quota), (KeyStatus::Enabled, None));
    let check = |members: &str, expect: &str| assert_eq!(key(members).unwrap_err(), format!("keys.jsonl:1: {expect}"));
    check(r#","status":"on""#, "status is not enabled or disabled");
    check(r#","quota":-1"#, "quota is below 0");
    check(r#","used_before":true"#, "used_before is not an amount (a number or text)");
}
