//! The packs of an installation: the embedded ones, and those of a folder. A broken one stops nobody: it is listed with what is
//! wrong with it.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rust_embed::RustEmbed;

use super::check::{check_pack, check_truth};
use super::{Pack, Problem, YamlError, read_yaml};

/// The packs that belong to the product, each in a file named after its id.
#[derive(RustEmbed)]
#[folder = "src/scenario/packs"]
struct Embedded;

/// The largest file that is read as a pack, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// The packs of an installation.
#[derive(Clone, Debug, Default)]
pub struct Packs {
    found: Vec<Found>,
    broken: Vec<BrokenPack>,
}

#[derive(Clone, Debug)]
struct Found {
    pack: Arc<Pack>,
    place: Place,
}

/// Where a pack was found.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Embedded(String),
    File(PathBuf),
}

/// A file that is no pack, or none that can be used.
#[derive(Clone, Debug)]
pub struct BrokenPack {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub fault: Arc<PackFault>,
}

/// Why a text is no pack.
#[derive(Debug, thiserror::Error)]
pub enum PackFault {
    /// It cannot be read.
    #[error("it cannot be read")]
    Unreadable(#[from] io::Error),
    /// It is too large to be one.
    #[error("it is larger than {} KiB, which no pack is", LARGEST / 1024)]
    TooLarge,
    /// It is not the YAML of a pack.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// Something in it makes no sense.
    #[error("{}", told(.0))]
    Senseless(Vec<Problem>),
    /// Another pack has its id.
    #[error("the id {id} is taken by {by}; give this one another")]
    Taken {
        /// The id.
        id: String,
        /// Where the other one is.
        by: String,
    },
}

fn told(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl PackFault {
    /// All that is wrong, each with its path where it has one.
    pub fn problems(&self) -> Vec<String> {
        match self {
            Self::Senseless(problems) => problems.iter().map(ToString::to_string).collect(),
            Self::Unreadable(cause) => vec![format!("{self}: {cause}")],
            other => vec![other.to_string()],
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded(name) => write!(f, "the embedded pack {name}"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

impl Packs {
    /// The embedded packs and those of a folder, sorted by id. What the latter say of their worlds is looked at, too, for which
    /// those are made; a test has looked at the embedded ones.
    pub fn load(folder: Option<&Path>) -> Self {
        let mut packs = Self::default();
        let mut names: Vec<_> = Embedded::iter().filter(|name| name.ends_with(".yaml")).collect();
        names.sort();
        for name in names {
            let bytes = Embedded::get(&name).map(|file| file.data).unwrap_or_default();
            packs.add(Place::Embedded(name.to_string()), read(&String::from_utf8_lossy(&bytes)));
        }
        if let Some(folder) = folder {
            packs.add_folder(folder);
        }
        packs.found.sort_by(|one, other| one.pack.id.cmp(&other.pack.id));
        packs
    }

    /// The packs, sorted by id.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Pack>> {
        self.found.iter().map(|found| &found.pack)
    }

    /// The pack with this id.
    pub fn get(&self, id: &str) -> Option<&Arc<Pack>> {
        self.all().find(|pack| pack.id == id)
    }

    /// The files that are no packs.
    pub fn broken(&self) -> &[BrokenPack] {
        &self.broken
    }

    fn add_folder(&mut self, folder: &Path) {
        let listed = std::fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let entries = match listed {
            Ok(entries) => entries,
            Err(cause) => return self.add(Place::File(folder.to_owned()), Err(cause.into())),
        };
        let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|ending| ending == "yaml" || ending == "yml"));
        files.sort();
        for file in files {
            let pack = read_file(&file);
            self.add(Place::File(file), pack);
        }
    }

    fn add(&mut self, place: Place, read: Result<Pack, PackFault>) {
        let fault = match read {
            Ok(pack) => match self.found.iter().find(|found| found.pack.id == pack.id) {
                Some(other) => PackFault::Taken { id: pack.id, by: other.place.to_string() },
                None => return self.found.push(Found { pack: Arc::new(pack), place }),
            },
            Err(fault) => fault,
        };
        self.broken.push(BrokenPack { file: place.to_string(), fault: Arc::new(fault) });
    }
}

fn read(text: &str) -> Result<Pack, PackFault> {
    let pack: Pack = read_yaml(text)?;
    match check_pack(&pack) {
        problems if problems.is_empty() => Ok(pack),
        problems => Err(PackFault::Senseless(problems)),
    }
}

/// Reads a pack, and looks whether what it says of its world is so.
///
/// # Errors
/// Where the text is no pack, with the place; or all that makes no sense in it, by path.
pub fn read_pack(text: &str) -> Result<Pack, PackFault> {
    let pack = read(text)?;
    match check_truth(&pack) {
        problems if problems.is_empty() => Ok(pack),
        problems => Err(PackFault::Senseless(problems)),
    }
}

/// The same of a file.
///
/// # Errors
/// The same, and where the file cannot be read.
pub fn read_file(file: &Path) -> Result<Pack, PackFault> {
    // A device or a pipe may never end.
    if !std::fs::metadata(file)?.is_file() {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is no regular file").into());
    }
    let mut text = String::new();
    File::open(file)?.take(LARGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        return Err(PackFault::TooLarge);
    }
    read_pack(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_packs_are_sound() {
        let packs = Packs::load(None);
        let broken: Vec<String> =
            packs.broken().iter().map(|broken| format!("{}: {}", broken.file, broken.fault)).collect();
        assert!(broken.is_empty(), "{}", broken.join("\n"));
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/scenario/packs");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut files: Vec<String> = files.collect();
        files.sort();
        let ids: Vec<String> = packs.all().map(|pack| format!("{}.yaml", pack.id)).collect();
        assert_eq!(ids, files, "each is in a file named after its id");
        for pack in packs.all() {
            let problems = check_truth(pack);
            assert!(problems.is_empty(), "{}: {}", pack.id, told(&problems));
        }
    }

    #[test]
    fn a_folder_adds_packs_and_a_broken_file_stops_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let small = super::super::check::example();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("small.yaml", small);
        write("again.yml", small);
        write("broken.yaml", "id: [");
        write("notes.txt", "no pack");
        let packs = Packs::load(Some(folder.path()));
        assert_eq!(packs.get("order_book").map(|pack| pack.name.as_str()), Some("Order book"));
        let broken: Vec<(&str, String)> = packs
            .broken()
            .iter()
            .map(|broken| (broken.file.rsplit('/').next().unwrap(), broken.fault.to_string()))
            .collect();
        assert_eq!(broken.iter().map(|(file, _)| *file).collect::<Vec<_>>(), ["broken.yaml", "small.yaml"]);
        assert!(broken[0].1.starts_with("line 1"), "{broken:?}");
        // `again.yml` came first.
        assert!(
            broken[1].1.contains("the id order_book is taken by ") && broken[1].1.contains("again.yml"),
            "{broken:?}"
        );
        let missing = Packs::load(Some(&folder.path().join("nowhere")));
        assert_eq!(missing.broken().len(), 1);
    }
}
