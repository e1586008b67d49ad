//! What the documentation names is there: every file a page links to, and every path it gives.

use std::fs;
use std::path::{Path, PathBuf};

use trueup::domain::reconcile::{cause_codes, structural_cause_codes};

/// What a path in backticks begins with, and the folder it is below.
const ROOTS: &[(&str, &str)] = &[
    ("src/", ""),
    ("tests/", ""),
    ("fixtures/", ""),
    ("jobs/", ""),
    ("docs/", ""),
    ("assets/", ""),
    ("benches/", ""),
    ("domain/", "src"),
    ("report/", "src"),
    ("edge/", "src"),
    ("pipeline/", "src"),
    ("cli/", "src"),
    ("synth/", "src"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages: those beside README.md that are ours, and all below `docs`.
fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root().join(name)).into();
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

/// The lines of a page outside its blocks of code, each with its number.
fn lines(page: &str) -> Vec<(usize, &str)> {
    let mut inside = false;
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(page.lines()) {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            lines.push((number, line));
        }
    }
    lines
}

/// Where the links of a line lead, those within the page and to other hosts left out.
fn links(line: &str) -> Vec<&str> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files = targets.filter(|to| !to.contains("://") && !to.starts_with("mailto:"));
    files.filter_map(|to| to.split('#').next()).filter(|to| !to.is_empty()).collect()
}

/// The paths of the project that a line names in backticks, below its root. A word in capitals (NAME) or a `*`
/// is a place to be filled in, and what stands before it has to be there.
fn paths(line: &str) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for code in line.split('`').skip(1).step_by(2) {
        let Some(path) = code.split([' ', ':']).next() else { continue };
        let Some((_, below)) = ROOTS.iter().find(|(start, _)| path.starts_with(start)) else { continue };
        let given: PathBuf = Path::new(path).iter().take_while(|part| !is_open(&part.to_string_lossy())).collect();
        paths.push(Path::new(below).join(given));
    }
    paths
}

fn is_open(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part);
    let capitals = stem.len() > 1 && stem.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    part.contains(['*', '<', '{']) || capitals && part != "README.md"
}

/// What a page names and is not there, as `page:line what`.
fn missing(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).unwrap();
    let shown = page.strip_prefix(root()).unwrap().display();
    let mut missing = Vec::new();
    for (number, line) in lines(&text) {
        let from_page = links(line).into_iter().map(|to| page.parent().unwrap().join(to));
        let from_root = paths(line).into_iter().map(|path| root().join(path));
        let gone = from_page.chain(from_root).filter(|path| !path.exists());
        missing.extend(gone.map(|path| format!("{shown}:{number} names {}", path.display())));
    }
    missing
}

#[test]
fn what_the_pages_name_is_there() {
    let pages = pages();
    let missing: Vec<String> = pages.iter().flat_map(|page| missing(page)).collect();
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
    let texts: Vec<String> = pages.iter().map(|page| fs::read_to_string(page).unwrap()).collect();
    let all = || texts.iter().flat_map(|text| lines(text));
    let (links, paths) = (all().flat_map(|(_, l)| links(l)).count(), all().flat_map(|(_, l)| paths(l)).count());
    assert!(links > 30 && paths > 40, "only {links} links and {paths} paths were found");
}

#[test]
fn readme_leads_to_every_page() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for page in pages() {
        let page = page.strip_prefix(root()).unwrap();
        let name = page.to_str().unwrap();
        if name != "README.md" && page.parent() != Some(Path::new("docs/decisions")) {
            assert!(readme.contains(&format!("]({name})")), "README.md does not lead to {name}");
        }
    }
}

#[test]
fn links_and_paths_are_found_in_a_line() {
    let line = "see [one](a/b.md#part), [two](https://x.org), `src/edge/NAME.rs`, `domain/call` and `fixtures/*.md x`";
    assert_eq!(links(line), ["a/b.md"]);
    let expect = ["src/edge", "src/domain/call", "fixtures"].map(PathBuf::from);
    assert_eq!(paths(line), expect);
    assert!(paths("`cargo test` and src/no/backticks.rs").is_empty());
    assert_eq!(lines("a\n```sh\nb\n```\nc"), [(1, "a"), (5, "c")]);
}

/// Each cause has its line in docs/causes.md, with a story that expects it, and no other has one.
#[test]
fn every_cause_stands_in_the_documentation() {
    let page = fs::read_to_string(root().join("docs/causes.md")).unwrap();
    let rows: Vec<Vec<&str>> =
        page.lines().filter(|l| l.starts_with("| `")).map(|l| l.split(" | ").map(str::trim).collect()).collect();
    let mut told = Vec::new();
    for row in &rows {
        assert_eq!(row.len(), 5, "{row:?}");
        let code = row[0].trim_matches(['|', ' ', '`']);
        let story = links(row[2]).first().map(|link| root().join("docs").join(link)).expect("a story");
        let story = fs::read_to_string(story).unwrap();
        let expects = |line: &str| line.split('|').any(|cell| cell.trim() == code);
        assert!(story.lines().any(expects), "the story of {code} does not expect it");
        told.push(code);
    }
    told.sort_unstable();
    let mut known: Vec<&str> = cause_codes().into_iter().chain(structural_cause_codes()).collect();
    known.sort_unstable();
    assert_eq!(told, known);
}
