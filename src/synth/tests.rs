use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::*;

mod audit;
mod trace;

type Shelf = Rc<RefCell<BTreeMap<String, Vec<u8>>>>;

/// Keeps every file in memory.
#[derive(Default)]
struct Memory(Shelf);

struct Page(Shelf, String);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().entry(self.1.clone()).or_default().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Memory {
    fn file(&mut self, path: &str) -> io::Result<Box<dyn Write>> {
        let new = self.0.borrow_mut().insert(path.to_owned(), Vec::new()).is_none();
        assert!(new, "{path} is begun twice");
        Ok(Box::new(Page(self.0.clone(), path.to_owned())))
    }
}

/// Counts bytes and keeps none.
#[derive(Default)]
struct Counter(Rc<RefCell<u64>>);

struct Tally(Rc<RefCell<u64>>);

impl Write for Tally {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        *self.0.borrow_mut() += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Counter {
    fn file(&mut self, _: &str) -> io::Result<Box<dyn Write>> {
        Ok(Box::new(Tally(self.0.clone())))
    }
}

fn october(platform: Platform) -> Plan {
    Plan::new(platform, Period::parse("2026-10").unwrap())
}

fn made(plan: &Plan) -> (BTreeMap<String, Vec<u8>>, Summary) {
    let mut sink = Memory::default();
    let summary = write(plan, &mut sink).unwrap();
    (Rc::try_unwrap(sink.0).unwrap().into_inner(), summary)
}

#[test]
fn one_plan_gives_the_same_bytes_and_another_seed_others() {
    for platform in Platform::ALL {
        let plan = Plan { calls: 3000, ..october(platform) };
        let (once, again) = (made(&plan), made(&plan));
        assert!(once == again, "{}", platform.name());
        assert_ne!(once.0, made(&Plan { seed: 2, ..plan }).0);
    }
}

#[test]
fn every_planted_fault_is_the_one_finding_and_nothing_else_is() {
    for platform in Platform::ALL {
        for (seed, calls) in [(1, 20_000), (2, 6000)] {
            let plan = Plan { seed, calls, ..october(platform) };
            let (files, summary) = made(&plan);
            let (found, told) = (audit::findings(&files, platform), audit::truths(&files, platform));
            assert_eq!(told.len() as u64, summary.faults);
            for line in &found {
                assert!(told.contains(line), "{} {seed}: found, not planted: {line}", platform.name());
            }
            for line in &told {
                assert!(found.contains(line), "{} {seed}: planted, not found: {line}", platform.name());
            }
            assert_eq!(found.len(), told.len());
            let wanted: u32 = platform.spec().faults.iter().map(|f| f.1).sum();
            assert!(
                summary.faults * 10 >= u64::from(wanted) * (if calls == 20_000 { 9 } else { 5 }),
                "{} {seed}: {summary:?}",
                platform.name()
            );
            assert!(
                summary.late > 60 && (summary.rejects > 2 || calls < 20_000) && summary.duplicates > 10,
                "{summary:?}"
            );
        }
    }
}

#[test]
fn a_month_without_faults_is_clean() {
    for platform in Platform::ALL {
        for (seed, month, calls) in [(1, "2026-10", 8000), (2, "2027-02", 5000), (3, "2026-03", 500)] {
            let month = Period::parse(month).unwrap();
            let plan = Plan { seed, month, calls, faults: Faults::None, ..october(platform) };
            let (files, summary) = made(&plan);
            assert_eq!(summary.faults, 0);
            assert_eq!(audit::findings(&files, platform), Vec::<String>::new(), "{} {seed}", platform.name());
        }
    }
}

#[test]
fn every_kind_of_fault_comes_at_least_once() {
    for platform in Platform::ALL {
        let told = audit::truths(&made(&october(platform)).0, platform).join("\n");
        for (kind, _) in platform.spec().faults {
            let key = format!("{} {} {}", kind.leg(), kind.class(), kind.cause());
            assert!(told.contains(&key), "{} lacks {key}", platform.name());
        }
    }
}

#[test]
fn only_months_are_made() {
    let plan = Plan { month: Period::parse("2026-W40").unwrap(), ..october(Platform::Toki) };
    assert_eq!(write(&plan, &mut Counter::default()).unwrap_err().kind(), io::ErrorKind::InvalidInput);
}

/// `cargo test --release --lib a_million_calls_stream -- --ignored`
#[test]
#[ignore = "makes five million calls, half a minute"]
fn a_million_calls_stream() {
    for platform in Platform::ALL {
        let sink = &mut Counter::default();
        let plan = Plan { calls: 1_000_000, accounts: 5000, ..october(platform) };
        let summary = write(&plan, sink).unwrap();
        assert!(summary.calls >= 1_000_000 && *sink.0.borrow() > 50_000_000, "{summary:?}");
    }
}
