//! A month run in any count of partitions is the same month, byte by byte.

use std::path::PathBuf;

use crate::desk::{Desk, month};

const CLOSE: [&str; 6] = ["run", "monthly", "--period", "2026-10", "--as-of", "2026-11-05T12:00:00Z"];

/// What a run leaves behind and says.
struct Left {
    code: i32,
    stdout: String,
    lake: Vec<(PathBuf, Vec<u8>)>,
    out: Vec<(PathBuf, Vec<u8>)>,
}

impl Left {
    /// Closes a desk's month.
    fn by(desk: &Desk) -> Left {
        let ran = desk.run(&CLOSE);
        assert!([0, 3, 4].contains(&ran.code), "{}", ran.stderr);
        let mut lake = desk.tree("lake");
        // The id of the state is drawn anew for each desk.
        lake.retain(|(path, _)| path.as_os_str() != "lake.json");
        Left { code: ran.code, stdout: ran.stdout, lake, out: desk.tree("out") }
    }

    /// Fails with the first file that differs.
    fn is(&self, other: &Left, story: &str) {
        assert_eq!(self.code, other.code, "{story}");
        for (ours, theirs) in [(&self.lake, &other.lake), (&self.out, &other.out)] {
            let names = |files: &[(PathBuf, Vec<u8>)]| files.iter().map(|f| f.0.clone()).collect::<Vec<_>>();
            assert_eq!(names(ours), names(theirs), "{story}");
            for (a, b) in ours.iter().zip(theirs) {
                assert!(a.1 == b.1, "{story}: {} differs", a.0.display());
            }
        }
    }
}

fn set_partitions(desk: &Desk, settings: &str, count: usize) {
    desk.write("trueup.toml", format!("{settings}\n[run]\npartitions = {count}\n"));
}

fn check(platform: &str, calls: u64, seed: u64) {
    let start = month(platform, calls, seed);
    let settings = std::fs::read_to_string(start.path().join("trueup.toml")).unwrap();
    let as_it_is = Left::by(&start.copy());
    assert!(as_it_is.lake.len() > 100 && !as_it_is.out.is_empty(), "{platform}: nothing was run");
    for count in [1, 2, 7, 64] {
        let desk = start.copy();
        set_partitions(&desk, &settings, count);
        let left = Left::by(&desk);
        left.is(&as_it_is, &format!("{platform} in {count} partitions"));
        assert_eq!(left.stdout, as_it_is.stdout, "{platform} in {count} partitions");
        // Another count makes no day another day.
        set_partitions(&desk, &settings, 65 - count);
        Left::by(&desk).is(&as_it_is, &format!("{platform} once more, in {} partitions", 65 - count));
    }
}

#[test]
fn a_month_of_prices_per_token() {
    check("tokone", 1200, 21);
}

#[test]
fn a_month_of_credits() {
    check("resayil", 900, 4);
}
