//! The commands that write, each with what came before it and what follows.

use super::world::{Ask, Seen, UNHARMED, World};

/// What is done to a folder before a command is disturbed.
#[derive(Clone, Copy, Debug)]
enum Before {
    Run(Ask),
    /// A file as it is from now on.
    File(&'static str, fn() -> String),
}

/// A command that is disturbed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    before: &'static [&'static [Before]],
    pub(crate) ask: Ask,
    /// The jobs that come next anyway.
    pub(crate) then: &'static [Ask],
    /// Its whole takes long: points are taken from afar in the sample.
    pub(crate) is_long: bool,
    /// What it writes is read by others while it writes; a made-up operator's files are not.
    pub(crate) has_readers: bool,
    /// It mends: the list of a period that is damaged is taken away until its files are whole.
    pub(crate) withdraws_lists: bool,
}

/// A scene played once by itself: from where, to what.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) scene: &'static Scene,
    pub(crate) start: World,
    pub(crate) before: Seen,
    pub(crate) code: i32,
    pub(crate) after: Seen,
    /// After the next jobs, and how they ended.
    pub(crate) later: Seen,
    pub(crate) later_codes: Vec<i32>,
    pub(crate) calls: Vec<super::power::Call>,
}

const OCTOBER: &str = "2099-10-31T12:00:00Z";
const CLOSING: &str = "2099-11-04T00:00:00Z";
const NOVEMBER: &str = "2099-12-04T00:00:00Z";
const HOURLY: Ask = Ask { args: &["run", "hourly"], at: OCTOBER };
const MONTHLY: Ask = Ask { args: &["run", "monthly", "--period", "2099-10"], at: CLOSING };
pub(crate) const MAIL: Ask = Ask { args: &["run", "hourly"], at: CLOSING };
const SECOND: Ask = Ask { args: &["run", "monthly", "--period", "2099-11"], at: NOVEMBER };
const LATER: Ask = Ask { args: &["run", "hourly"], at: NOVEMBER };

/// Two days of calls, of a month that is two days long for this operator.
const MONTH: &[Before] = &[
    Before::File("trueup.toml", settings),
    Before::File("prices/main.toml", prices),
    Before::File("accounts.csv", accounts),
    Before::File("raw/calls/october.jsonl", || {
        let call = |n, account, day, tokens| call(n, account, &format!("2099-10-{day}T10:00:00Z"), tokens);
        [call(1, "acme", 30, 700), call(2, "acme", 31, 500), call(3, "pre", 31, 46), call(5, "least", 31, 30)].concat()
    }),
    Before::File("raw/postings/october.jsonl", || {
        let paid = r#","money":"50","currency":"EUR","reference":"PAY-7""#;
        [
            posting("p-2", "pre", "top_up", "50", "2099-10-30T00:00:00Z", paid),
            posting("p-3", "pre", "usage", "-46", "2099-10-31T10:00:02Z", r#","call_id":"c-3""#),
            posting("p-5", "req", "top_up", "30", "2099-10-31T00:00:00Z", paid),
        ]
        .concat()
    }),
];
const TAKEN_IN: &[Before] = &[Before::Run(Ask { args: &["ingest"], at: CLOSING })];
const RECONCILED: &[Before] = &[Before::Run(Ask { args: &["reconcile", "--period", "2099-10"], at: CLOSING })];
const SUMMED: &[Before] = &[Before::Run(Ask { args: &["rollup", "--period", "2099-10"], at: CLOSING })];
const EVENING: &[Before] = &[Before::Run(HOURLY)];
const CLOSED: &[Before] = &[Before::Run(MONTHLY)];
const CREDITED: &[Before] =
    &[Before::Run(ask(&["invoice", "credit", "INV-2099-1", "--reason", "wrong address"], CLOSING))];
const TOLD: &[Before] = &[Before::Run(MAIL)];
/// November, late rows of October, and a file with a line that is none.
const MORE: &[Before] = &[
    Before::File("raw/calls/november.jsonl", || {
        let call = |n, account, at: &str, tokens| call(n, account, at, tokens);
        let late = call(40, "acme", "2099-10-31T22:00:00Z", 300) + &call(41, "pre", "2099-10-31T23:00:00Z", 1);
        late + &call(42, "acme", "2099-11-29T10:00:00Z", 90) + &call(43, "least", "2099-11-30T10:00:00Z", 20)
    }),
    Before::File("raw/postings/november.jsonl", || {
        posting("p-9", "pre", "usage", "-1", "2099-10-31T23:00:02Z", r#","call_id":"c-41""#)
    }),
    Before::File("raw/calls/torn.jsonl", || {
        let good: String = (50..60).map(|n| call(n, "acme", "2099-11-30T12:00:00Z", 1)).collect();
        good + "{\"call_id\":\"c-60\",\"account_id\":\"acme\",\"started_at\":\"no time\"}\n"
    }),
];
const DEARER: &[Before] = &[Before::File("prices/main.toml", || {
    prices() + "[[version]]\neffective_from = \"2099-10-31T00:00:00Z\"\n" + &version("2")
})];
const SECOND_CLOSED: &[Before] = &[Before::Run(SECOND)];
/// Published pages that somebody changed.
const DAMAGED: &[Before] = &[
    Before::File("out/month/2099-10/index.html", || "not ours".to_owned()),
    Before::File("out/month/2099-10/rollup.csv", || "a,b\n".to_owned()),
    Before::File("out/day/2099-10-31/findings.csv", String::new),
];
const TABLE: &[Before] = &[Before::File("table.json", || {
    let rates = r#""input_cost_per_token":1e-6,"output_cost_per_token":2e-6"#;
    format!(r#"{{"m-9":{{"litellm_provider":"openai","mode":"chat",{rates}}}}}"#)
})];

const fn ask(args: &'static [&'static str], at: &'static str) -> Ask {
    Ask { args, at }
}

const fn scene(name: &'static str, before: &'static [&'static [Before]], ask: Ask, then: &'static [Ask]) -> Scene {
    Scene { name, before, ask, then, is_long: false, has_readers: true, withdraws_lists: false }
}

const fn long(scene: Scene) -> Scene {
    Scene { is_long: true, ..scene }
}

pub(crate) const SCENES: &[Scene] = &[
    scene("init", &[], ask(&["init"], OCTOBER), &[]),
    scene("ingest", &[MONTH], ask(&["ingest"], CLOSING), &[MONTHLY]),
    scene("ingest of more", &[MONTH, EVENING, CLOSED, MORE], ask(&["ingest"], NOVEMBER), &[]),
    scene("reconcile", &[MONTH, TAKEN_IN], ask(&["reconcile", "--period", "2099-10"], CLOSING), &[MONTHLY]),
    scene("rollup", &[MONTH, TAKEN_IN, RECONCILED], ask(&["rollup", "--period", "2099-10"], CLOSING), &[MONTHLY]),
    scene(
        "invoice --draft",
        &[MONTH, TAKEN_IN, RECONCILED, SUMMED],
        ask(&["invoice", "--draft", "--period", "2099-10"], CLOSING),
        &[MONTHLY],
    ),
    scene(
        "invoice --final",
        &[MONTH, TAKEN_IN, RECONCILED, SUMMED],
        ask(&["invoice", "--final", "--period", "2099-10"], CLOSING),
        &[MONTHLY, MAIL],
    ),
    scene(
        "publish",
        &[MONTH, TAKEN_IN, RECONCILED, SUMMED],
        ask(&["publish", "--period", "2099-10"], CLOSING),
        &[MONTHLY],
    ),
    scene("notify", &[MONTH, EVENING, CLOSED], ask(&["notify"], CLOSING), &[MAIL]),
    scene(
        "notify --resend",
        &[MONTH, EVENING, CLOSED],
        ask(&["notify", "--resend", "document/INV-2099-1"], CLOSING),
        &[MAIL],
    ),
    scene(
        "notify --settle",
        &[MONTH, EVENING, CLOSED],
        ask(&["notify", "--settle", "document/INV-2099-1", "refused"], CLOSING),
        &[MAIL],
    ),
    scene("run hourly", &[MONTH], HOURLY, &[MONTHLY, MAIL]),
    scene("run hourly, mail", &[MONTH, EVENING, CLOSED], MAIL, &[]),
    scene("run daily", &[MONTH, EVENING], ask(&["run", "daily"], CLOSING), &[MONTHLY]),
    scene("run daily, new price", &[MONTH, EVENING, DEARER], ask(&["run", "daily"], CLOSING), &[MONTHLY]),
    scene("run weekly", &[MONTH, EVENING], ask(&["run", "weekly"], CLOSING), &[MONTHLY]),
    scene("run monthly", &[MONTH, EVENING], MONTHLY, &[MAIL]),
    scene("run monthly, all at once", &[MONTH], MONTHLY, &[MAIL]),
    scene("run monthly, late rows", &[MONTH, EVENING, CLOSED, TOLD, MORE], ask(MONTHLY.args, NOVEMBER), &[LATER]),
    long(scene("run monthly, second", &[MONTH, EVENING, CLOSED, TOLD, MORE], SECOND, &[LATER])),
    long(scene(
        "run monthly, first again",
        &[MONTH, EVENING, CLOSED, TOLD, MORE, SECOND_CLOSED],
        ask(MONTHLY.args, NOVEMBER),
        &[LATER],
    )),
    scene(
        "invoice by hand",
        &[MONTH, EVENING, CLOSED],
        ask(&["invoice", "--account", "req", "--final", "--period", "2099-10"], CLOSING),
        &[MAIL],
    ),
    scene(
        "credit, whole",
        &[MONTH, EVENING, CLOSED],
        ask(&["invoice", "credit", "INV-2099-1", "--reason", "a mistake"], CLOSING),
        &[MAIL],
    ),
    scene(
        "credit, a line",
        &[MONTH, EVENING, CLOSED],
        ask(&["invoice", "credit", "INV-2099-1", "--line", "1", "--reason", "a mistake"], CLOSING),
        &[MAIL],
    ),
    scene(
        "credit, an amount",
        &[MONTH, EVENING, CLOSED],
        ask(&["invoice", "credit", "INV-2099-1", "--amount", "10", "--reason", "a mistake"], CLOSING),
        &[MAIL],
    ),
    scene(
        "invoice again",
        &[MONTH, EVENING, CLOSED, CREDITED],
        ask(&["invoice", "again", "INV-2099-1"], CLOSING),
        &[MAIL],
    ),
    scene(
        "prices import",
        &[MONTH, TABLE],
        ask(
            &["prices", "import", "litellm", "table.json", "--at", "2099-10-01", "--out", "prices/litellm.toml"],
            CLOSING,
        ),
        &[],
    ),
    Scene {
        withdraws_lists: true,
        ..scene(
            "verify --repair",
            &[MONTH, EVENING, CLOSED, DAMAGED],
            ask(&["verify", "--published", "--repair"], CLOSING),
            &[MAIL],
        )
    },
    scene("verify", &[MONTH, EVENING, CLOSED], ask(&["verify", "2099-10"], CLOSING), &[MAIL]),
    scene(
        "dispute",
        &[MONTH, EVENING, CLOSED],
        ask(&["dispute", "pre", "--from", "2099-10-30", "--to", "2099-10-31", "--out", "pack"], CLOSING),
        &[],
    ),
    Scene {
        has_readers: false,
        ..long(scene("synth", &[], ask(&["synth", "tokone", "made", "--calls", "60", "--accounts", "3"], CLOSING), &[]))
    },
];

/// A folder to which all this has happened.
fn prepared(before: &[&[Before]]) -> World {
    let start = World::new();
    for before in before.iter().copied().flatten() {
        match before {
            Before::File(path, bytes) => start.write(path, bytes()),
            Before::Run(ask) => {
                let ran = start.run(ask, UNHARMED);
                assert!([0, 3, 4, 65].contains(&ran.code), "{:?}: {}", ask.args, ran.stderr);
            }
        }
    }
    start.settle();
    start
}

/// October, closed; its mail has not left.
pub(crate) fn closed_month() -> World {
    prepared(&[MONTH, EVENING, CLOSED])
}

/// The settings, with a mail server on this port.
pub(crate) fn mailing(port: u16) -> String {
    settings().replace("file:outbox", &format!("smtp://localhost:{port}?tls=none"))
}

impl Scene {
    /// Plays it undisturbed.
    pub(crate) fn play(&'static self) -> Played {
        let start = prepared(self.before);
        let (before, calm) = (start.files(), start.copy(true));
        let ran = calm.run(&self.ask, UNHARMED);
        assert!([0, 3, 4, 65].contains(&ran.code), "{}: {} {}", self.name, ran.code, ran.stderr);
        let calls = super::power::Journal::read(&calm.journal()).calls;
        let after = calm.all();
        let next = |ask: &Ask| calm.run(ask, UNHARMED).code;
        let later_codes = self.then.iter().map(next).collect();
        Played { scene: self, start, before, code: ran.code, after, later: calm.all(), later_codes, calls }
    }
}

fn settings() -> String {
    r#"
[time]
zone = "UTC"
[[source]]
name = "gateway"
path = "raw/calls/*"
book = "prices/main.toml"
unit = "EUR"
settle = "0s"
max_rejects = "50%"
[ledger]
postings = "raw/postings/*"
settle = "0s"
complete_from = "2099-10-30"
[parties]
accounts = "accounts.csv"
[mail]
url = "file:outbox"
from = "billing@hub.example"
[notice]
default = "10%"
[issuer]
name = "Hub Ltd"
street = "Main Street 1"
city = "Berlin"
country = "DE"
tax_id = "DE123456789"
email = "billing@hub.example"
"#
    .to_owned()
}

fn version(rate: &str) -> String {
    format!(
        "[[version.price]]\nmodels = [\"m-1\"]\ninput = {{ rate = \"{rate}\", per = 1 }}\noutput = {{ rate = \"0\", per = 1 }}\n"
    )
}

/// One EUR a token.
fn prices() -> String {
    "[book]\nid = \"main\"\nunit = \"EUR\"\n[[version]]\neffective_from = \"2099-01-01T00:00:00Z\"\n".to_owned()
        + &version("1")
}

fn accounts() -> String {
    "account_id,name,mode,currency,street,city,country,tax,invoice_on,terms_days,volume_discount,commitment,email,tax_id\n\
     acme,Acme GmbH,postpaid,EUR,Weg 2,Bonn,DE,standard:19,,30,1000:5;5000:10,,ap@acme.example,\n\
     least,Least Ltd,postpaid,EUR,Weg 3,Bonn,DE,reverse_charge,,14,,50,ap@least.example,DE999\n\
     pre,Ann,prepaid,EUR,Weg 4,Bonn,DE,inclusive:25,top_up,,,,ann@example.com,\n\
     req,Riva,prepaid,EUR,Via 5,Roma,IT,,request,,,,,\n"
        .to_owned()
}

fn call(number: u32, account: &str, at: &str, tokens: u32) -> String {
    format!(
        r#"{{"call_id":"c-{number}","account_id":"{account}","model":"m-1","endpoint":"chat","started_at":"{at}","usage":{{"input_tokens":{tokens},"output_tokens":1}},"charge":"{tokens}"}}
"#
    )
}

fn posting(id: &str, account: &str, kind: &str, amount: &str, at: &str, more: &str) -> String {
    format!(
        r#"{{"posting_id":"{id}","account_id":"{account}","kind":"{kind}","amount":"{amount}","unit":"EUR","posted_at":"{at}"{more}}}
"#
    )
}
