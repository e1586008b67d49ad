//! Files that name each other in a circle cannot be read one after the other. None does, and this finds
//! the first that would. Read from `use` lines: a name that a room hands on counts for the file it is in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

type Module = Vec<String>;

/// Circles that stay, by one of their files, each with its reason.
const ALLOWED: &[(&str, &str)] = &[];

/// One file's module, what it hands on and what it takes.
#[derive(Default)]
struct File {
    /// By the name others use: the path behind it.
    hands_on: BTreeMap<String, Module>,
    /// Everything handed on with `*`.
    hands_on_all: Vec<Module>,
    takes: Vec<Module>,
}

fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => found.extend(sources(&path)),
            false if path.extension().is_some_and(|e| e == "rs") => found.push(path),
            false => {}
        }
    }
    found.sort();
    found
}

fn module_of(src: &Path, file: &Path) -> Module {
    let mut parts: Module =
        file.strip_prefix(src).unwrap().with_extension("").iter().map(|p| p.to_string_lossy().into_owned()).collect();
    if matches!(parts.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        parts.pop();
    }
    parts
}

/// The paths of a use tree, each with the name it is known by.
fn leaves(tree: &str, before: &[String], out: &mut Vec<(Module, String)>) {
    let tree = tree.trim();
    if let Some((head, rest)) = tree.split_once("::").filter(|(head, _)| !head.contains(['{', ','])) {
        let path: Module = before.iter().cloned().chain([head.trim().to_owned()]).collect();
        return leaves(rest, &path, out);
    }
    if let Some(inside) = tree.strip_prefix('{').and_then(|t| t.strip_suffix('}')) {
        let (mut depth, mut from) = (0, 0);
        for (at, c) in inside.char_indices().chain([(inside.len(), ',')]) {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    let part = inside[from..at].trim();
                    if !part.is_empty() {
                        leaves(part, before, out);
                    }
                    from = at + 1;
                }
                _ => {}
            }
        }
        return;
    }
    let (name, known_as) = tree.split_once(" as ").unwrap_or((tree, tree));
    let mut path = before.to_vec();
    if name.trim() != "self" {
        path.push(name.trim().to_owned());
    }
    out.push((path, known_as.trim().to_owned()));
}

/// The path from the crate's root; `None` for another crate's.
fn from_root(path: &[String], module: &[String], children: &BTreeSet<Module>) -> Option<Module> {
    let mut base = module.to_vec();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => return Some(path[1..].to_vec()),
        "self" => rest = &path[1..],
        "super" => {
            while rest.first().is_some_and(|p| p == "super") {
                base.pop();
                rest = &rest[1..];
            }
        }
        first => {
            base.push(first.to_owned());
            let is_child = children.contains(&base);
            base.pop();
            if !is_child {
                return None;
            }
        }
    }
    base.extend_from_slice(rest);
    Some(base)
}

/// Whether a line begins a `use`, if so whether it hands names on, and what follows.
fn use_of(line: &str) -> Option<(bool, &str)> {
    if let Some(tree) = line.strip_prefix("use ") {
        return Some((false, tree));
    }
    let rest = line.strip_prefix("pub")?;
    let rest = if rest.starts_with('(') { rest.split_once(')')?.1 } else { rest };
    Some((true, rest.trim_start().strip_prefix("use ")?))
}

fn read(file: &Path, module: &[String], modules: &BTreeSet<Module>) -> File {
    let text = fs::read_to_string(file).unwrap();
    let text: String = text.lines().filter(|l| !l.trim_start().starts_with("//")).map(|l| format!("{l}\n")).collect();
    let mut read = File::default();
    // Test modules inside a file begin behind everything that counts.
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    for statement in text.split(';') {
        let lines: Vec<&str> = statement.lines().collect();
        let Some((first, is_shown, start)) =
            lines.iter().enumerate().rev().find_map(|(n, line)| use_of(line).map(|(shown, tree)| (n, shown, tree)))
        else {
            continue;
        };
        let tree: String = [start].iter().chain(&lines[first + 1..]).map(|line| line.trim()).collect();
        let mut paths = Vec::new();
        leaves(&tree, &[], &mut paths);
        for (path, name) in paths {
            let Some(path) = from_root(&path, module, modules) else { continue };
            match (is_shown, name.as_str()) {
                (true, "*") => read.hands_on_all.push(path[..path.len() - 1].to_vec()),
                (true, _) => {
                    read.hands_on.insert(name, path);
                }
                (false, _) => read.takes.push(path),
            }
        }
    }
    read
}

/// The file in which what a path names is written.
fn owner(path: &[String], files: &BTreeMap<Module, File>, steps: u32) -> Option<Module> {
    let at = (0..=path.len()).rev().find(|n| files.contains_key(&path[..*n]))?;
    let (module, rest) = (&path[..at], &path[at..]);
    let file = &files[module];
    let next = rest.first().filter(|_| steps > 0).and_then(|name| file.hands_on.get(name));
    if let Some(next) = next {
        let next: Module = next.iter().chain(&rest[1..]).cloned().collect();
        return owner(&next, files, steps - 1);
    }
    Some(module.to_vec())
}

/// The files that can be come to from one.
fn reached(from: &Module, arrows: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<Module> {
    let mut seen = BTreeSet::new();
    let mut next: Vec<&Module> = arrows[from].iter().collect();
    while let Some(module) = next.pop() {
        if seen.insert(module.clone()) {
            next.extend(&arrows[module]);
        }
    }
    seen
}

fn is_test(file: &Path) -> bool {
    let name = file.to_string_lossy();
    name.ends_with("tests.rs") || name.contains("/tests/") || name.ends_with("fixture.rs")
}

fn circles(src: &Path) -> Vec<Vec<String>> {
    let all: Vec<PathBuf> = sources(src).into_iter().filter(|f| !is_test(f)).collect();
    let modules: BTreeSet<Module> = all.iter().map(|f| module_of(src, f)).collect();
    let files: BTreeMap<Module, File> =
        all.iter().map(|f| (module_of(src, f), read(f, &module_of(src, f), &modules))).collect();
    let arrows: BTreeMap<Module, BTreeSet<Module>> = files
        .iter()
        .map(|(module, file)| {
            let to = file.takes.iter().filter_map(|path| owner(path, &files, 8)).filter(|to| to != module).collect();
            (module.clone(), to)
        })
        .collect();
    let reach: BTreeMap<&Module, BTreeSet<Module>> = arrows.keys().map(|m| (m, reached(m, &arrows))).collect();
    let mut found = BTreeSet::new();
    for (module, to) in &reach {
        let members: Vec<String> = to
            .iter()
            .filter(|other| reach[other].contains(*module))
            .chain([*module].into_iter().filter(|m| to.contains(*m)))
            .map(|m| m.join("/"))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        if members.len() > 1 {
            found.insert(members);
        }
    }
    found.into_iter().collect()
}

#[test]
fn no_files_name_each_other_in_a_circle() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let found = circles(&src);
    let new: Vec<String> = found
        .iter()
        .filter(|circle| !ALLOWED.iter().any(|(file, _)| circle.iter().any(|m| m == file)))
        .map(|circle| circle.join(" - "))
        .collect();
    assert!(new.is_empty(), "files that name each other:\n{}", new.join("\n"));
}

#[test]
fn a_circle_through_a_room_that_hands_names_on_is_found() {
    let dir = std::env::temp_dir().join(format!("trueup-circles-{}", std::process::id()));
    let write = |name: &str, text: &str| {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("lib.rs", "mod room;\n");
    write("room/mod.rs", "mod a;\nmod b;\nmod c;\n\npub(crate) use a::{A, other as B};\npub use c::C;\n");
    write("room/a.rs", "use super::b::Thing;\n\npub struct A;\n");
    write("room/b.rs", "use crate::room::{\n    A,\n    C,\n};\n\npub struct Thing;\n");
    write("room/c.rs", "use std::fmt;\n\npub struct C;\n");
    let found = circles(&dir);
    fs::remove_dir_all(&dir).unwrap();
    assert_eq!(found, vec![vec!["room/a".to_owned(), "room/b".to_owned()]]);
}
