//! The import table of ARCHITECTURE.md is true, and every connector folder is in the catalogue.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use dataweaver::sdk::Registry;
use syn::visit::{self, Visit};

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

/// Collects the paths that begin with `crate::`, each cut to two parts.
#[derive(Default)]
struct Imports(BTreeSet<(String, String)>);

impl Imports {
    fn add(&mut self, parts: &[String]) {
        if let [first, module, rest @ ..] = parts
            && first == "crate"
        {
            self.0.insert((module.clone(), rest.first().cloned().unwrap_or_default()));
        }
    }

    fn tree(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |name: String| [before, &[name]].concat();
        match tree {
            syn::UseTree::Path(path) => self.tree(&path.tree, &with(path.ident.to_string())),
            syn::UseTree::Name(name) => self.add(&with(name.ident.to_string())),
            syn::UseTree::Rename(name) => self.add(&with(name.ident.to_string())),
            syn::UseTree::Glob(_) => self.add(&with("*".into())),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree, before)),
        }
    }
}

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        // Tests may reach for whatever they need.
        if !item.attrs.iter().any(|attribute| attribute.path().is_ident("cfg")) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.add(&parts);
        visit::visit_path(self, path);
    }
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let table = import_table();
    let src = root().join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    let modules: BTreeSet<&str> = table.keys().map(String::as_str).collect();
    let mut offences = Vec::new();
    let mut seen = BTreeSet::new();
    for file in files {
        let below = file.strip_prefix(&src).expect("below src");
        let first = below.iter().next().expect("a name").to_string_lossy().replace(".rs", "");
        if first == "lib" || first == "main" || below.iter().any(|part| part == "tests" || part == "tests.rs") {
            continue;
        }
        let Some(allowed) = table.get(&first) else {
            offences.push(format!("src/{first} is not in the table of ARCHITECTURE.md"));
            continue;
        };
        seen.insert(first.clone());
        let text = fs::read_to_string(&file).expect("the file can be read");
        let mut imports = Imports::default();
        imports.visit_file(&syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display())));
        for (module, part) in imports.0 {
            let is_ours = modules.contains(module.as_str());
            let is_allowed =
                module == first || allowed.contains(&module) || allowed.contains(&format!("{module}::{part}"));
            if is_ours && !is_allowed {
                offences.push(format!("{} imports {module}::{part}", below.display()));
            }
        }
    }
    let unused: Vec<_> = modules.iter().filter(|module| !seen.contains(**module)).collect();
    assert!(unused.is_empty(), "in the table, but not in src: {unused:?}");
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn a_connector_never_imports_its_siblings() {
    let wall = root().join("src/connectors");
    let mut offences = Vec::new();
    for folder in connector_folders() {
        let mut files = Vec::new();
        rust_files(&wall.join(&folder), &mut files);
        for file in files {
            let text = fs::read_to_string(&file).expect("the file can be read");
            let mut imports = Imports::default();
            imports.visit_file(&syn::parse_file(&text).expect("it is Rust"));
            let strangers = imports.0.iter().filter(|(module, part)| module == "connectors" && *part != folder);
            offences.extend(strangers.map(|(_, part)| format!("{} imports {part}", file.display())));
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
