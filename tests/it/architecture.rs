//! The import table of ARCHITECTURE.md is true, and every connector folder is in the catalogue.

mod paths;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use dataweaver::sdk::Registry;

/// Module -> what it may import, as the table in ARCHITECTURE.md says: `module` or `module::part`.
fn import_table() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md is there");
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<BTreeSet<_>>();
        (names(cells[0]).into_iter().next().expect("a module"), names(cells[1]))
    })
    .collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The path of the module that a file below `src` is.
fn module_of(below: &Path) -> Vec<String> {
    let parts = below.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect::<Vec<_>>();
    parts.into_iter().filter(|part| part != "mod").collect()
}

/// What a file below `src` names of our own modules: each with the part of it that is named, if one is.
fn imports(below: &Path) -> BTreeSet<(String, String)> {
    let text = fs::read_to_string(root().join("src").join(below)).expect("the file can be read");
    let paths = paths::named_in(&text, &module_of(below)).into_iter();
    paths.map(|path| (path[0].clone(), path.get(1).cloned().unwrap_or_default())).collect()
}

/// The files below a folder in `src`, by their places there.
fn files_in(folder: &str) -> Vec<PathBuf> {
    let src = root().join("src");
    let mut files = Vec::new();
    rust_files(&src.join(folder), &mut files);
    files.iter().map(|file| file.strip_prefix(&src).expect("below src").to_owned()).collect()
}

#[test]
fn modules_import_only_what_the_table_allows_and_all_of_it() {
    let table = import_table();
    let mut offences = Vec::new();
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for below in files_in("") {
        let module = module_of(&below)[0].clone();
        if module == "lib" || module == "main" || below.iter().any(|part| part == "tests" || part == "tests.rs") {
            continue;
        }
        let Some(allowed) = table.get(&module) else {
            offences.push(format!("src/{module} is not in the table of ARCHITECTURE.md"));
            continue;
        };
        let used = used.entry(module.clone()).or_default();
        for (other, part) in imports(&below) {
            if other == module || !table.contains_key(&other) {
                continue;
            }
            let by = [other.clone(), format!("{other}::{part}")].into_iter().find(|name| allowed.contains(name));
            match by {
                Some(name) => {
                    used.insert(name);
                }
                None => offences.push(format!("{} imports {other}::{part}", below.display())),
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
    assert_eq!(
        used, table,
        "the table of ARCHITECTURE.md (right) allows what nobody imports, or names what is not in src"
    );
}

#[test]
fn a_connector_never_imports_its_siblings() {
    let mut offences = Vec::new();
    for folder in connector_folders() {
        for below in files_in(&format!("connectors/{folder}")) {
            let imports = imports(&below);
            let strangers = imports.iter().filter(|(module, part)| module == "connectors" && *part != folder);
            offences.extend(strangers.map(|(_, part)| format!("{} imports {part}", below.display())));
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn every_connector_folder_is_registered_and_every_registered_type_has_its_folder() {
    let folders: BTreeSet<String> = connector_folders().into_iter().map(|folder| folder.to_uppercase()).collect();
    let types: Vec<String> =
        Registry::collect().all().iter().map(|factory| factory.connector_type.as_str().to_owned()).collect();
    assert_eq!(types.len(), types.iter().collect::<BTreeSet<_>>().len(), "a type is registered twice: {types:?}");
    assert_eq!(types.into_iter().collect::<BTreeSet<_>>(), folders);
}

fn connector_folders() -> Vec<String> {
    let entries = fs::read_dir(root().join("src/connectors")).expect("the wall is there");
    let folders = entries.map(|entry| entry.expect("the entry can be read").path()).filter(|path| path.is_dir());
    folders.map(|path| path.file_name().expect("a name").to_string_lossy().into_owned()).collect()
}
