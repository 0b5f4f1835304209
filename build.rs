//! Builds the web pages with npm, so that `cargo build` alone makes the whole product.
//!
//! The sources in `web/` are copied to `OUT_DIR/web` and built there into `OUT_DIR/web-dist`, which `src/http/assets.rs`
//! embeds; nothing is written into the source tree. As long as the sources stay the same the result is kept, also
//! between `cargo check`, `build` and `test`. Without Node, or when npm fails, a finished `web/dist` is taken; without
//! that the folder is empty and `DATAWEAVER_WEB_MISSING` tells the binary why.
//!
//! `DATAWEAVER_WEB=off` leaves the pages out, `dist` takes `web/dist`, `build` insists on npm: its failure is the build's.

#![allow(clippy::print_stdout, reason = "a build script speaks to cargo on standard output")]

use std::collections::hash_map::DefaultHasher;
use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, io, thread};

/// All that the pages are made of, relative to `web/`. The types of their operations are made of the schema.
const SOURCES: [&str; 9] = [
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "tsconfig.json",
    "codegen.ts",
    "index.html",
    "graphiql.html",
    "src",
    "../schema.graphql",
];
/// What Vite asks for.
const OLDEST_NODE: (u32, u32) = (20, 19);
/// Longest that one npm command may take; a network that swallows packets must not hold the build for ever.
const NPM_LIMIT: Duration = Duration::from_secs(600);

fn main() {
    let pages = Pages::of_this_build();
    println!("cargo::rerun-if-env-changed=DATAWEAVER_WEB");
    println!("cargo::rerun-if-changed=build.rs");
    for source in SOURCES {
        println!("cargo::rerun-if-changed=web/{source}");
    }

    let wish = env::var("DATAWEAVER_WEB").unwrap_or_default();
    let outcome = match wish.as_str() {
        "off" => Err("they were left out with DATAWEAVER_WEB=off".to_owned()),
        "dist" => pages.take_finished(),
        "build" => pages.build(),
        "" if pages.are_fresh() => Ok(()),
        "" if runs_under_clippy() => return pages.leave_for_the_next_build(),
        "" => pages.build().or_else(|reason| pages.take_finished_instead(reason)),
        other => Err(format!("DATAWEAVER_WEB={other} is none of off, dist, build")),
    };
    match outcome {
        Ok(()) => {}
        Err(reason) if !["", "off", "dist"].contains(&wish.as_str()) => println!("cargo::error=no web pages: {reason}"),
        Err(reason) => {
            pages.leave_out();
            println!("cargo::rustc-env=DATAWEAVER_WEB_MISSING={reason}");
            if wish != "off" {
                println!("cargo::warning=the web pages are missing: {reason}; `touch build.rs` to try again");
            }
        }
    }
}

/// Clippy looks at the code only, so it does not wait for npm. `cargo check` cannot be told from `cargo build`.
fn runs_under_clippy() -> bool {
    env::var("RUSTC_WORKSPACE_WRAPPER").is_ok_and(|wrapper| wrapper.contains("clippy-driver"))
}

/// Where the pages come from and go to.
struct Pages {
    source: PathBuf,
    workshop: PathBuf,
    dist: PathBuf,
    /// Holds the fingerprint of the sources that `dist` was made of.
    stamp: PathBuf,
    log: PathBuf,
}

impl Pages {
    fn of_this_build() -> Self {
        let source = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("web");
        let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
        let [workshop, dist, stamp, log] =
            ["web", "web-dist", "web-dist.stamp", "web-build.log"].map(|name| out.join(name));
        Self { source, workshop, dist, stamp, log }
    }

    fn are_fresh(&self) -> bool {
        fingerprint(&self.source, &SOURCES).is_ok_and(|print| is_stamped(&self.stamp, &print))
    }

    /// Builds them with npm, unless the last build was of the same sources.
    fn build(&self) -> Result<(), String> {
        if self.are_fresh() {
            return Ok(());
        }
        require_node()?;
        self.build_in_workshop().map_err(|error| {
            println!("cargo::warning={error}");
            "npm could not build them".to_owned()
        })
    }

    fn build_in_workshop(&self) -> io::Result<()> {
        let print = fingerprint(&self.source, &SOURCES)?;
        remove(&self.stamp)?;
        remove(&self.workshop.join("src"))?;
        for name in SOURCES {
            copy(&self.source.join(name), &self.workshop.join(name))?;
        }
        File::create(&self.log)?;

        // Only what the build needs; the tools for lint and tests are development dependencies.
        let packages = fingerprint(&self.workshop, &["package-lock.json"])?;
        let packages_stamp = self.workshop.join("packages.stamp");
        if !is_stamped(&packages_stamp, &packages) {
            remove(&packages_stamp)?;
            let quick_to_give_up = ["--fetch-retries=1", "--fetch-timeout=30000"];
            let quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=dev"];
            self.npm(&[&["ci"][..], &quiet, &quick_to_give_up].concat())?;
            fs::write(&packages_stamp, packages)?;
        }
        let out_dir = self.dist.to_string_lossy();
        self.npm(&["run", "build", "--", "--emptyOutDir", "--outDir", &out_dir])?;
        fs::write(&self.stamp, print)
    }

    /// Runs npm in the workshop; its words go to the log.
    fn npm(&self, arguments: &[&str]) -> io::Result<()> {
        let log = File::options().append(true).open(&self.log)?;
        let mut npm = Command::new(npm_program())
            .args(arguments)
            .current_dir(&self.workshop)
            .stdin(std::process::Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let give_up_at = Instant::now() + NPM_LIMIT;
        let trouble = loop {
            match npm.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => break status.to_string(),
                None if Instant::now() > give_up_at => {
                    npm.kill()?;
                    break format!("no end after {} s", NPM_LIMIT.as_secs());
                }
                None => thread::sleep(Duration::from_millis(50)),
            }
        };
        Err(io::Error::other(format!("npm {}: {trouble}, see {}", arguments[0], self.log.display())))
    }

    /// Takes what `npm run build` left in `web/dist`.
    fn take_finished(&self) -> Result<(), String> {
        let finished = self.source.join("dist");
        if !finished.join("index.html").exists() {
            return Err("there is no web/dist".to_owned());
        }
        println!("cargo::rerun-if-changed=web/dist");
        self.leave_out();
        copy(&finished, &self.dist).map_err(|error| format!("web/dist could not be copied: {error}"))
    }

    fn take_finished_instead(&self, reason: String) -> Result<(), String> {
        if self.take_finished().is_err() {
            return Err(reason);
        }
        println!("cargo::warning=the web pages are those of web/dist as it lies: {reason}");
        Ok(())
    }

    fn leave_out(&self) {
        let emptied =
            remove(&self.stamp).and_then(|()| remove(&self.dist)).and_then(|()| fs::create_dir_all(&self.dist));
        emptied.expect("OUT_DIR is ours to write");
    }

    /// Keeps what is there, and comes back when the compiler is no longer clippy's.
    fn leave_for_the_next_build(&self) {
        fs::create_dir_all(&self.dist).expect("OUT_DIR is ours to write");
        println!("cargo::rerun-if-env-changed=RUSTC_WORKSPACE_WRAPPER");
    }
}

fn npm_program() -> &'static str {
    if cfg!(windows) { "npm.cmd" } else { "npm" }
}

fn require_node() -> Result<(), String> {
    let (major, minor) = OLDEST_NODE;
    let missing = || format!("Node {major}.{minor} or newer with npm was not found when it was built");
    let said = Command::new("node").arg("--version").output().map_err(|_| missing())?;
    let said = String::from_utf8_lossy(&said.stdout);
    let mut numbers = said.trim().trim_start_matches('v').split('.').map_while(|number| number.parse().ok());
    let found: (u32, u32) = numbers.next().zip(numbers.next()).ok_or_else(missing)?;
    let npm_answers = Command::new(npm_program()).arg("--version").output().is_ok_and(|npm| npm.status.success());
    if found < OLDEST_NODE || !npm_answers { Err(missing()) } else { Ok(()) }
}

/// A fingerprint of the names and contents of these files and folders. It need not be the same for every
/// version of the compiler: another one only means one more build.
fn fingerprint(root: &Path, names: &[&str]) -> io::Result<String> {
    let mut hasher = DefaultHasher::new();
    for name in names {
        for file in files_below(&root.join(name))? {
            file.strip_prefix(root).expect("it was found below root").hash(&mut hasher);
            fs::read(&file)?.hash(&mut hasher);
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn is_stamped(stamp: &Path, fingerprint: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|stamped| stamped == fingerprint)
}

/// The file itself, or all files below the folder, in the order of their names.
fn files_below(path: &Path) -> io::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    let mut files = Vec::new();
    for entry in entries {
        files.extend(files_below(&entry)?);
    }
    Ok(files)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for file in files_below(from)? {
        let relative = file.strip_prefix(from).expect("it was found below from");
        let target = if relative.as_os_str().is_empty() { to.to_owned() } else { to.join(relative) };
        fs::create_dir_all(target.parent().expect("a file lies in a folder"))?;
        fs::copy(file, target)?;
    }
    Ok(())
}

/// Removes a file or folder, or finds it gone.
fn remove(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}
