//! The seam of formats, tried with a gateway that does not exist: its rows are requests of one or several
//! attempts, sessions that say whose requests they are, and acts of its management.

use std::collections::BTreeMap;

use crate::domain::call::tests::call;
use crate::domain::call::{Call, Meter, Outcome, ReportedUsage};
use crate::domain::money::Representation;
use crate::edge::blob::Body;
use crate::edge::source::calls::context::{CallContext, CallFormat};
use crate::edge::source::calls::native;
use crate::edge::source::record::error::SourceError;
use crate::edge::source::record::fields::{Fault, Fields};
use crate::edge::source::record::format::{Fit, Framing, Out, RowFormat, ToRows};
use crate::edge::source::record::read::{format_of, read};
use crate::edge::source::record::report::FileReport;
use crate::edge::source::record::reread::read_row;
use crate::edge::source::record::schema::{Node, Schema, ignored, leaf, list, packed, slots};

slots! { KIND ID SESSION TENANT AT COST META MODEL PROMPT CACHED LEGS }

static META_NODE: Node =
    Node { entries: &[leaf("model", MODEL), leaf("prompt", PROMPT), leaf("cached", CACHED), ignored("trail")] };

static ROOT: Node = Node {
    entries: &[
        leaf("kind", KIND),
        leaf("id", ID),
        leaf("session", SESSION),
        leaf("tenant", TENANT),
        leaf("at", AT),
        leaf("cost", COST),
        packed("meta", META, &META_NODE),
        list("legs", LEGS),
    ],
};

static SCHEMA: Schema = Schema { what: "an acme log", root: &ROOT, required: &["kind", "id"], spans_lines: true };

const ACME: CallFormat = RowFormat {
    name: "acme",
    aliases: &["acme-fork"],
    about: "a gateway that does not exist",
    versions: &["1", "2"],
    conventions: &[],
    unit: Some("USD"),
    recorded: Representation::Float64,
    framing: Framing::Lists(&["data.items"]),
    sniff: |members| if members.all(&["kind", "meta.prompt"]) { Fit::Sure } else { Fit::No },
    schema: &SCHEMA,
    reader: |context| Box::new(Acme { context, tenants: BTreeMap::new(), waiting: Vec::new() }),
};

const FORMATS: &[CallFormat] = &[native::FORMAT, ACME];

struct Acme<'c> {
    context: &'c CallContext,
    tenants: BTreeMap<String, String>,
    /// Requests whose session has not been seen.
    waiting: Vec<(String, Call)>,
}

impl ToRows<Call> for Acme<'_> {
    fn row(&mut self, row: &Fields<'_, '_>, out: &mut Out<'_, Call>) -> Result<(), Fault> {
        let id = row.required_text(ID)?;
        match row.required_cow(KIND)?.as_ref() {
            "session" => {
                self.tenants.insert(id, row.required_text(TENANT)?);
                out.set_aside("a session");
                Ok(())
            }
            "admin" => {
                out.set_aside("management");
                Ok(())
            }
            "request" => self.request(id, row, out),
            _ => Err(row.fault(KIND, "is not session, admin or request")),
        }
    }

    fn end(&mut self, out: &mut Out<'_, Call>) -> Result<(), Fault> {
        for (session, call) in std::mem::take(&mut self.waiting) {
            match self.tenants.get(&session) {
                Some(tenant) => out.give(Call { account_id: tenant.clone(), ..call })?,
                None => out.reject(Fault::new("session", "is none that the file has")),
            }
        }
        Ok(())
    }
}

impl Acme<'_> {
    fn request(&mut self, id: String, row: &Fields<'_, '_>, out: &mut Out<'_, Call>) -> Result<(), Fault> {
        let session = row.required_text(SESSION)?;
        let (model, started_at) = (row.required_text(MODEL)?, row.required_instant(AT)?);
        let (prompt, cached) = (row.count(PROMPT)?.unwrap_or(0), row.count(CACHED)?.unwrap_or(0));
        // The first version counts what was cached beside the prompt.
        let beside = if self.context.version.as_deref() == Some("1") { cached } else { 0 };
        let reported =
            ReportedUsage { input_tokens: prompt + beside, cache_read_tokens: cached, ..ReportedUsage::default() };
        let (usage, usage_note) = reported.into_disjoint();
        let charge = row.amount(COST)?;
        let mut legs = row.texts(LEGS)?;
        if legs.is_empty() {
            legs.push("ok".to_owned());
        }
        for (attempt, leg) in (1..).zip(&legs) {
            let Some(outcome) = Outcome::from_name(leg) else {
                out.reject(row.fault(LEGS, "has what is no outcome"));
                continue;
            };
            let call = Call {
                source: self.context.source.clone(),
                attempt,
                model: model.clone(),
                started_at,
                ended_at: started_at,
                outcome,
                usage: Some(usage.clone()),
                usage_note: usage_note.clone(),
                charge,
                charge_unit: self.context.unit.clone(),
                file: self.context.file,
                offset: out.spot.offset,
                ..call(&id)
            };
            match self.tenants.get(&session) {
                Some(tenant) => out.give(Call { account_id: tenant.clone(), ..call })?,
                None => {
                    self.waiting.push((session.clone(), call));
                    out.keep_back();
                }
            }
        }
        Ok(())
    }
}

fn context() -> CallContext {
    CallContext { source: "gateway".into(), unit: Some("USD".into()), ..CallContext::default() }
}

fn try_read(text: &str, context: &CallContext) -> Result<(Vec<Call>, FileReport), SourceError> {
    let mut calls = Vec::new();
    let report = read(FORMATS, Body::from_vec(text.into()), context, &mut |call| {
        calls.push(call);
        Ok(())
    })?;
    let aside: u64 = report.aside.values().sum();
    assert_eq!(report.accepted, calls.len() as u64);
    assert_eq!(report.rows_read, report.accepted + aside + report.rejects.len() as u64);
    Ok((calls, report))
}

/// `id attempt account uncached+cached charge` of each call, then `line field reason` of each reject, then what
/// was set aside.
fn told(text: &str) -> Vec<String> {
    let (calls, report) = try_read(text, &context()).unwrap();
    assert_eq!(report.format, "acme");
    let mut told: Vec<String> = calls
        .iter()
        .map(|c| {
            let usage = c.usage.as_ref().unwrap();
            let (input, cached) = (usage.get(Meter::Input), usage.get(Meter::CacheRead));
            format!("{} {} {} {input}+{cached} {}", c.call_id, c.attempt, c.account_id, c.charge.unwrap())
        })
        .collect();
    told.extend(report.rejects.iter().map(|r| format!("{} {} {}", r.line, r.field, r.reason)));
    told.extend(report.aside.iter().map(|(reason, rows)| format!("{rows} {reason}")));
    told.extend(report.unknown.iter().map(|(name, rows)| format!("{rows} {name}")));
    told
}

const SESSION_ROW: &str = r#"{"kind":"session","id":"s","tenant":"alice"}"#;
const REQUEST: &str = r#"{"kind":"request","id":"r1","session":"s","at":"2026-10-01T00:00:00Z","cost":0.25,"meta":{"model":"m","prompt":100,"cached":40}}"#;
/// The same with its nested object as text, and an escape in that.
const IN_TEXT: &str = r#"{"kind":"request","id":"r2","session":"s","at":"2026-10-01T00:00:00Z","cost":0.5,"meta":"{\"model\":\"m\\u00e9\",\"prompt\":100,\"cached\":40,\"new\":1}"}"#;
const ADMIN: &str = r#"{"kind":"admin","id":"a"}"#;

#[test]
fn nested_members_are_read_as_objects_and_as_text() {
    let text = format!("{SESSION_ROW}\n{REQUEST}\n{IN_TEXT}\n{ADMIN}\n{ADMIN}\n");
    let expect = ["r1 1 alice 60+40 0.25", "r2 1 alice 60+40 0.5", "1 a session", "2 management", "1 meta.new"];
    assert_eq!(told(&text), expect);
    let (calls, report) = try_read(&text, &context()).unwrap();
    assert_eq!((calls[1].model.as_str(), report.rows_read), ("mé", 5));
    for (meta, expect) in [
        ("\"{\\\"model\\\":\"", "2 meta is not JSON: expected a value at byte 10"),
        ("\"soon\"", "2 meta is neither an object nor text that holds one"),
        ("7", "2 meta is not an object"),
        (r#""{\"model\":\"m\",\"prompt\":-1}""#, "2 meta.prompt is below 0"),
    ] {
        let object = r#"{"model":"m","prompt":100,"cached":40}"#;
        let text = format!("{SESSION_ROW}\n{}\n{REQUEST}\n", REQUEST.replace(object, meta));
        assert_eq!(told(&text)[1], expect, "{meta}");
    }
}

/// A file that told its format itself once brought no unit, and dollars were taken for the price book's unit.
#[test]
fn charges_are_in_the_formats_unit_unless_the_settings_name_another() {
    let text = format!("{SESSION_ROW}\n{REQUEST}\n");
    for (format, named, expect) in [
        (None, None, "USD"),
        (Some("acme"), None, "USD"),
        (None, Some("EUR"), "EUR"),
        (Some("acme"), Some("EUR"), "EUR"),
    ] {
        let context = CallContext { format, unit: named.map(str::to_owned), ..context() };
        let (calls, _) = try_read(&text, &context).unwrap();
        assert_eq!(calls[0].charge_unit.as_deref(), Some(expect), "{format:?} {named:?}");
    }
}

#[test]
fn a_document_holds_its_rows_in_a_list() {
    let rows = [SESSION_ROW, REQUEST, IN_TEXT, "7"];
    let page = format!("{{\"ok\":true,\"data\":{{\"total\":3,\"items\":[{}]}}}}", rows.join(",\n"));
    let expect =
        ["r1 1 alice 60+40 0.25", "r2 1 alice 60+40 0.5", "4  is not a JSON object", "1 a session", "1 meta.new"];
    assert_eq!(told(&page), expect);
    let list = format!("[{}]", rows.join(","));
    assert_eq!(told(&list)[..2], expect[..2]);
    let pages = format!("{}\n{}", page.replace(",\n7", ""), page.replace(SESSION_ROW, ADMIN).replace(",\n7", ""));
    assert_eq!(told(&pages).len(), 7);
    let spread = REQUEST.replace(',', ",\n  ");
    let (calls, _) = try_read(&format!("[\n{SESSION_ROW},\n{spread}\n]"), &context()).unwrap();
    assert_eq!(calls.len(), 1);
    for (text, call) in [(page.clone(), 0), (format!("[\n{SESSION_ROW},\n{spread}\n]"), 0)] {
        let (calls, _) = try_read(&text, &context()).unwrap();
        let again = read_row(Body::from_vec(text.into()), calls[call].offset).unwrap();
        assert_eq!(again.replace("\n  ", ""), REQUEST);
    }
    let said = try_read(&format!("[{SESSION_ROW},{REQUEST}"), &context()).unwrap_err();
    assert!(said.to_string().contains("is not JSON: expected , or ]"), "{said}");
}

#[test]
fn a_table_keeps_objects_in_quoted_cells_that_may_span_lines() {
    let text = "kind,id,session,tenant,at,cost,meta\n\
                session,s,,alice,,,\n\
                request,r,s,,2026-10-01T00:00:00Z,0.25,\"{\"\"model\"\": \"\"m\"\",\n \"\"prompt\"\": 100}\"\n\
                request,r2,s,,2026-10-01T00:00:00Z,0.25,\"{\"\"model\"\":\"\"m\"\",\"\"prompt\"\":1}\"\n\
                request,r3,s,,2026-10-01T00:00:00Z,0.25,\n";
    let expect = ["r 1 alice 100+0 0.25", "r2 1 alice 1+0 0.25", "6 meta.model is missing", "1 a session"];
    assert_eq!(told(text), expect);
}

#[test]
fn a_row_may_hold_several_calls_or_wait_for_another() {
    let legs = REQUEST.replace("{\"kind\"", "{\"legs\":[\"error\",\"lost\",\"ok\"],\"kind\"");
    let expect = ["r1 1 alice 60+40 0.25", "r1 3 alice 60+40 0.25", "2 legs has what is no outcome", "1 a session"];
    assert_eq!(told(&format!("{SESSION_ROW}\n{legs}\n")), expect);
    let expect = ["r1 1 alice 60+40 0.25", "1 a session"];
    assert_eq!(told(&format!("{REQUEST}\n{SESSION_ROW}\n")), expect);
    assert_eq!(told(&format!("{REQUEST}\n{ADMIN}\n")), ["2 session is none that the file has", "1 management"]);
}

#[test]
fn a_declared_version_decides_what_the_rows_do_not_say() {
    let text = format!("{SESSION_ROW}\n{REQUEST}\n");
    let first = CallContext { version: Some("1".into()), ..context() };
    let usage = try_read(&text, &first).unwrap().0.remove(0).usage.unwrap();
    assert_eq!((usage.get(Meter::Input), usage.get(Meter::CacheRead)), (100, 40));
}

#[test]
fn a_file_tells_its_format_or_is_refused() {
    let native = r#"{"call_id":"c","account_id":"a","model":"m","started_at":"2026-10-01T00:00:00Z"}"#;
    let of = |text: &str| format_of(FORMATS, Body::from_vec(text.into()), "f").map_err(|e| e.to_string());
    assert_eq!(of(native), Ok("trueup"));
    assert_eq!(of(&format!("{SESSION_ROW}\n{REQUEST}\n")), Ok("acme"));
    assert_eq!(of(&format!("{{\"torn\":\n{REQUEST}\n")), Ok("acme"));
    assert_eq!(of(&format!("{{\"data\":{{\"items\":[{REQUEST}")), Ok("acme"));
    assert_eq!(of(""), Ok("trueup"));
    assert_eq!(of("call_id,account_id\n"), Ok("trueup"));
    let strange = of("{\"zeta\":1,\"alpha\":{\"x\":1}}\n").unwrap_err();
    let expect = "fits no format that is known: its first rows have alpha, zeta; where it is one of \
                  format = \"trueup\" and format = \"acme\"";
    assert!(strange.starts_with(expect), "{strange}");
    let both = format!("{native}\n{REQUEST}\n");
    let said = of(&both).unwrap_err();
    assert!(
        said.contains("fits several formats equally") && said.contains("\"trueup\" or format = \"acme\""),
        "{said}"
    );
    let asked = CallContext { format: Some("acme"), ..context() };
    let (calls, report) = try_read(&format!("{SESSION_ROW}\n{both}"), &asked).unwrap();
    assert_eq!((report.format, calls.len(), report.rejects.len()), ("acme", 1, 1));
}
