//! The command line on a terminal: bars that move where they stand, and a picture that stays.

use std::fs;
use std::process::{Command, Stdio};

use crate::installation::{Installation, Said, said};
use crate::servers;

/// The terminal's size.
const COLUMNS: usize = 100;
const ROWS: usize = 40;
/// Cells of a bar.
const BAR: usize = 22;

/// What a terminal shows after each redrawing; the last one is what stays. `None` where there is no program that opens a
/// terminal.
fn pictures(here: &Installation, arguments: &str) -> Option<Vec<Vec<String>>> {
    let said = on_terminal(here, arguments, COLUMNS)?;
    assert_eq!(said.status, 0, "{arguments}: {said:?}");
    Some(Screen::drawn(&said.stdout))
}

/// What a call writes to a terminal of so many columns.
fn on_terminal(here: &Installation, arguments: &str, columns: usize) -> Option<Said> {
    if Command::new("script").arg("--version").output().is_err() {
        servers::missed("a terminal", "install script, of util-linux");
        return None;
    }
    let program = env!("CARGO_BIN_EXE_dataweaver");
    let inner = format!("stty cols {columns} rows {ROWS}; exec '{program}' {arguments}");
    let mut terminal = Command::new("script");
    let same = here.command(&[]);
    for (name, value) in same.get_envs() {
        match value {
            Some(value) => terminal.env(name, value),
            None => terminal.env_remove(name),
        };
    }
    terminal.args(["-q", "-e", "-f", "-c", &inner, "/dev/null"]).env("TERM", "xterm").env("SHELL", "/bin/sh");
    Some(said(terminal.current_dir(here.path()).stdin(Stdio::null()).output().unwrap()))
}

/// As much of a terminal as bars need.
struct Screen {
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
}

impl Screen {
    fn drawn(text: &str) -> Vec<Vec<String>> {
        let mut screen = Self { lines: vec![Vec::new()], row: 0, column: 0 };
        let mut pictures = Vec::new();
        let mut rest = text.chars().peekable();
        while let Some(character) = rest.next() {
            match character {
                '\r' => screen.column = 0,
                '\n' => screen.down(1),
                '\u{1b}' => {
                    assert_eq!(rest.next(), Some('['), "another kind of order");
                    let mut number = String::new();
                    while let Some(digit) = rest.next_if(char::is_ascii_digit) {
                        number.push(digit);
                    }
                    let number: usize = number.parse().unwrap_or(0);
                    match rest.next() {
                        Some('A') => {
                            // Whoever goes up has drawn all that it wanted to.
                            pictures.push(screen.shown());
                            screen.row = screen.row.saturating_sub(number.max(1));
                        }
                        Some('B') => screen.down(number.max(1)),
                        Some('K') if number == 2 => screen.lines[screen.row].clear(),
                        Some('K') => screen.lines[screen.row].truncate(screen.column),
                        Some('m') => {}
                        order => panic!("order {order:?} with {number}"),
                    }
                }
                character => screen.put(character),
            }
        }
        pictures.push(screen.shown());
        pictures
    }

    fn down(&mut self, by: usize) {
        self.row += by;
        while self.lines.len() <= self.row {
            self.lines.push(Vec::new());
        }
    }

    /// At the end of a line the cursor stays; the next character is the first one of the next line.
    fn put(&mut self, character: char) {
        if self.column == COLUMNS {
            self.down(1);
            self.column = 0;
        }
        let line = &mut self.lines[self.row];
        while line.len() <= self.column {
            line.push(' ');
        }
        line[self.column] = character;
        self.column += 1;
    }

    fn shown(&self) -> Vec<String> {
        self.lines.iter().map(|line| line.iter().collect::<String>().trim_end().to_owned()).collect()
    }
}

/// The bar of a source in a picture: full cells, and the percentage beside it.
fn bar(picture: &[String], source: &str) -> Option<(usize, Option<usize>)> {
    let is_bar = |line: &&String| line.split_whitespace().next() == Some(source) && line.contains(['━', '─']);
    let bars: Vec<&String> = picture.iter().filter(is_bar).collect();
    assert!(bars.len() <= 1, "the bar of {source} stands there twice:\n{}", picture.join("\n"));
    let line = bars.first()?;
    assert_eq!(line.chars().filter(|cell| ['━', '╸', '─'].contains(cell)).count(), BAR, "{line}");
    let percent = line.split_whitespace().find_map(|word| word.strip_suffix('%'));
    Some((line.matches('━').count(), percent.map(|percent| percent.parse().expect("a number"))))
}

/// Fails unless a source's bar goes up in so many steps at least, and to its end.
fn assert_moves(pictures: &[Vec<String>], source: &str, steps: usize) {
    let seen: Vec<(usize, Option<usize>)> = pictures.iter().filter_map(|picture| bar(picture, source)).collect();
    let mut percents: Vec<usize> = seen.iter().filter_map(|(_, percent)| *percent).collect();
    assert!(percents.is_sorted(), "{source}: {percents:?}");
    percents.dedup();
    let between = percents.iter().filter(|percent| (1..100).contains(*percent)).count();
    assert!(between >= steps && percents.last() == Some(&100), "{source} does not move: {percents:?}");
    for (cells, percent) in &seen {
        // The figures are rounded.
        assert!(*cells + 1 >= percent.unwrap_or(0) * BAR / 100, "{cells} cells at {percent:?} %");
    }
    assert!(seen.iter().any(|(cells, _)| (1..BAR).contains(cells)), "{source}: {seen:?}");
}

#[test]
fn a_failure_stands_there_once_at_the_end() {
    let here = Installation::new();
    fs::create_dir(here.path().join("files")).unwrap();
    fs::write(here.path().join("files/good.csv"), "n\n1\n").unwrap();
    fs::write(here.path().join("files/broken.json"), "{\"a\":1}{{{").unwrap();
    here.stdout(&["connectors", "add", "Files", "--root", "files"]);
    let Some(said) = on_terminal(&here, "sync files", COLUMNS) else { return };
    let pictures = Screen::drawn(&said.stdout);
    let shown = pictures.last().unwrap().join("\n");
    assert_eq!(shown.matches("the file ends within a value").count(), 1, "{shown}");
    assert!(shown.contains("because broken: broken.json, line 1: the file ends within a value"), "{shown}");
    assert_eq!((said.status, shown.matches("PARTIAL").count()), (1, 1), "{shown}");
}

#[test]
fn a_table_is_as_narrow_as_its_terminal() {
    let here = Installation::new();
    let whole = here.stdout(&["connectors", "types"]);
    assert!(whole.lines().any(|line| line.len() > 60), "it has something to fit: {whole}");
    let Some(said) = on_terminal(&here, "connectors types", 60) else { return };
    let lines: Vec<&str> = said.stdout.lines().map(str::trim_end).collect();
    assert!(lines.iter().all(|line| line.chars().count() <= 60), "{}", said.stdout);
    let words = |text: &str| {
        let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        words.sort_unstable();
        words
    };
    assert_eq!(words(&said.stdout), words(&whole), "nothing is lost:\n{}", said.stdout);
}

#[test]
fn help_and_errors_are_as_narrow_as_the_terminal() {
    let here = Installation::new();
    for arguments in [
        "--help",
        "serve --help",
        "query --help",
        "connectors add --help",
        "connectors update-source --help",
        "connectors types FILE_SYSTEM",
        "connectors add Shop --type NOPE",
        "connectors add Shop",
        "connectors add Shop --type DATABASE --settings '{\"ulr\": \"x\"}'",
        "query 'SELECT * FROM nothing.of_that_name'",
        "query 'SELECT 1' --limit many",
    ] {
        let Some(said) = on_terminal(&here, arguments, 80) else { return };
        assert!(said.stdout.lines().count() > 1, "{arguments} has something to fit:\n{}", said.stdout);
        for line in said.stdout.lines().map(str::trim_end) {
            assert!(line.chars().count() <= 80, "{arguments}: {line:?} of\n{}", said.stdout);
        }
    }
}

#[test]
fn the_steps_of_a_set_up_are_as_narrow_as_the_terminal() {
    let here = Installation::new();
    let Some(said) = on_terminal(&here, "scenarios setup customer_intelligence", 60) else { return };
    assert_eq!(said.status, 0, "{said:?}");
    let shown = console::strip_ansi_codes(&said.stdout);
    let lines: Vec<&str> = shown.split(['\n', '\r']).map(str::trim_end).collect();
    assert!(lines.iter().any(|line| line.starts_with('✓')), "{shown}");
    // A bar has its width, whatever the terminal's is, and so has a line of the log, which a busy machine may add.
    for line in lines.iter().filter(|line| !line.contains(['━', '─']) && !line.contains(" WARN ")) {
        assert!(line.chars().count() <= 60, "{line:?} of\n{shown}");
    }
}

#[test]
fn a_long_name_stays_whole_however_narrow_the_terminal() {
    let here = Installation::new();
    let name = "Orders of the north western warehouse and all its outposts";
    here.stdout(&["connectors", "add", name, "--url", &here.shop()]);
    let slug = here.json(&["connectors", "list"])["connectors"][0]["slug"].as_str().unwrap().to_owned();
    here.stdout(&["connectors", "discover", &slug]);
    for arguments in ["connectors list".to_owned(), format!("connectors show {slug}"), format!("sync {slug}")] {
        let Some(said) = on_terminal(&here, &arguments, 70) else { return };
        let wanted = if arguments.ends_with("list") { slug.clone() } else { "orders".to_owned() };
        let is_there = said.stdout.split_whitespace().any(|word| word == wanted || word == format!("{slug}.{wanted}"));
        assert!(is_there, "{wanted} is not in\n{}", said.stdout);
        assert!(!said.stdout.contains('…'), "{}", said.stdout);
    }
}

#[test]
fn how_sources_are_read_is_shown_where_there_is_room() {
    let here = Installation::new();
    here.stdout(&["connectors", "add", "Shop", "--url", &here.shop()]);
    here.stdout(&["connectors", "discover", "shop"]);
    for (columns, fits) in [(100, true), (60, false)] {
        let Some(said) = on_terminal(&here, "connectors show shop", columns) else { return };
        let table: Vec<&str> = said.stdout.lines().skip_while(|line| !line.starts_with("TABLE IN SQL")).collect();
        assert_eq!(table.len(), 3, "no cell goes on below it:\n{}", said.stdout);
        assert_eq!(table[1].contains("FULL OVERWRITE"), fits, "{columns}:\n{}", said.stdout);
    }
}

#[test]
fn the_demo_and_a_sync_show_bars_that_move() {
    let here = Installation::new();
    let Some(pictures) = pictures(&here, "demo shop --no-serve") else { return };
    assert_moves(&pictures, "order_items", 1);
    let shown = pictures.last().unwrap();
    for (source, rows) in [("customers", "5,000 rows"), ("orders", "100,000 rows"), ("products", "400 rows")] {
        assert_eq!(bar(shown, source), Some((BAR, Some(100))), "the picture stays:\n{}", shown.join("\n"));
        assert!(shown.iter().any(|line| line.starts_with(source) && line.ends_with(rows)), "{source}: {rows}");
    }
    let below = shown.iter().rposition(|line| line.contains('━')).and_then(|last| shown.get(last + 1));
    assert!(below.is_some_and(|line| line.starts_with("▸ synced 2")), "{}", shown.join("\n"));

    here.stdout(&["connectors", "add", "Long", "--url", &long_table(&here)]);
    let pictures = self::pictures(&here, "sync long").unwrap();
    assert_moves(&pictures, "visits", 3);
    let shown = pictures.last().unwrap();
    assert_eq!(bar(shown, "visits"), None, "the table takes their place:\n{}", shown.join("\n"));
    assert!(shown.last().is_some_and(|line| line.is_empty()) && shown.len() < 12, "{}", shown.join("\n"));
    assert!(shown.iter().any(|line| line.starts_with("SUCCEEDED: ") && line.contains(" rows read")), "{shown:?}");
}

/// The URL of a database with a table whose sync takes seconds, however fast the machine, and with a small one: a bar that
/// is alone is not drawn by going up to it.
fn long_table(here: &Installation) -> String {
    let file = here.path().canonicalize().unwrap().join("long.db");
    let database = rusqlite::Connection::open(&file).unwrap();
    let fill = "CREATE TABLE pages (id INTEGER PRIMARY KEY);
        CREATE TABLE visits (id INTEGER PRIMARY KEY, page TEXT NOT NULL, seconds REAL NOT NULL);
        INSERT INTO visits SELECT value, hex(value * 7919), value / 7.0 FROM (
          WITH RECURSIVE numbers(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM numbers WHERE value < 1500000)
          SELECT value FROM numbers)";
    database.execute_batch(fill).unwrap();
    format!("sqlite://{}", file.display())
}
