//! The document of a report: one file without scripts and without anything that is loaded from elsewhere. Every text in it
//! is escaped, wherever it comes from.

use std::fmt::Write;

use chrono::Utc;
use serde_json::Value;

use super::report::Part;
use crate::services::workflows::kept::KeptRows;

/// How it looks: in light and dark, on a narrow screen and on paper.
const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1d2129;--soft:#5a6270;--line:#d6dae1;--paper:#fff;--tint:#f4f6f9;--accent:#2f6fde}\
@media(prefers-color-scheme:dark){:root{--ink:#e7eaf0;--soft:#a3abba;--line:#3a414d;--paper:#16191f;--tint:#1f242c;--accent:#7fa9f5}}\
*{box-sizing:border-box}\
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}\
main{max-width:60rem;margin:0 auto;padding:2rem 1rem 4rem}\
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .25rem}h2{font-size:1.25rem;margin:2.5rem 0 .5rem}\
p{margin:.25rem 0 1rem;max-width:46rem;overflow-wrap:anywhere;white-space:pre-line}.about,footer{color:var(--soft);font-size:.9rem}\
figure{margin:1rem 0}svg{max-width:100%;height:auto;display:block}\
svg text{fill:var(--ink);font-size:12px;font-family:inherit}svg .soft{fill:var(--soft)}\
svg .bar,svg .dot{fill:var(--accent)}svg .line{fill:none;stroke:var(--accent);stroke-width:2}svg .axis{stroke:var(--line);stroke-width:1}\
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.92rem;font-variant-numeric:tabular-nums}\
caption{text-align:left;color:var(--soft);font-size:.85rem;padding:.25rem 0}\
th,td{text-align:left;padding:.35rem .75rem;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}\
th{background:var(--tint);font-weight:600}.num{text-align:right}\
footer{margin-top:3rem;border-top:1px solid var(--line);padding-top:.75rem}\
@media print{:root{--ink:#000;--soft:#444;--line:#bbb;--paper:#fff;--tint:#eee;--accent:#333}main{max-width:none;padding:0}\
section,figure,tr{break-inside:avoid}thead{display:table-header-group}.scroll{overflow:visible}}";

/// Characters of a cell that a table shows.
const LONGEST_CELL: usize = 1000;

/// A report on its way.
pub(super) struct Document {
    html: String,
    workflow: String,
    sections: usize,
}

impl Document {
    /// Begins with its heading.
    pub(super) fn begin(title: &str, workflow: &str, about: Option<&str>) -> Self {
        let title = escaped(title);
        // Nothing in it may load or run anything, even if an escape were forgotten.
        let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
        let mut html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        );
        if let Some(about) = about {
            html.push_str(&format!("<p class=\"about\">{}</p>\n", escaped(about)));
        }
        Self { html, workflow: escaped(workflow), sections: 0 }
    }

    /// A section with its sentence, its drawing and its table.
    pub(super) fn section(&mut self, part: &Part, drawing: Option<&str>) {
        self.sections += 1;
        let number = self.sections;
        let (title, sentence) = (escaped(&part.title), escaped(&part.sentence));
        self.put(format_args!(
            "<section aria-labelledby=\"s{number}\">\n<h2 id=\"s{number}\">{title}</h2>\n<p>{sentence}</p>\n"
        ));
        if let Some(drawing) = drawing {
            self.put(format_args!("<figure>{drawing}</figure>\n"));
        }
        if let Some(rows) = part.rows.as_ref().filter(|rows| !rows.columns.is_empty()) {
            self.table(&part.title, rows);
        }
        self.put(format_args!("</section>\n"));
    }

    fn table(&mut self, title: &str, rows: &KeptRows) {
        let more = if rows.truncated { format!(" (the first {} rows)", rows.rows.len()) } else { String::new() };
        let caption = format!("{}{more}", escaped(title));
        self.put(format_args!("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\">\n<table>\n<caption>{caption}</caption>\n<thead><tr>"));
        let class = |numeric: bool| if numeric { " class=\"num\"" } else { "" };
        for column in &rows.columns {
            self.put(format_args!("<th scope=\"col\"{}>{}</th>", class(column.numeric), escaped(&column.name)));
        }
        self.put(format_args!("</tr></thead>\n<tbody>\n"));
        for row in &rows.rows {
            self.put(format_args!("<tr>"));
            for (column, value) in rows.columns.iter().zip(row) {
                self.put(format_args!("<td{}>{}</td>", class(column.numeric), escaped(&cut(text_of(value)))));
            }
            self.put(format_args!("</tr>\n"));
        }
        self.put(format_args!("</tbody>\n</table>\n</div>\n"));
    }

    /// The whole document.
    pub(super) fn end(mut self) -> String {
        let at = Utc::now().format("%Y-%m-%d %H:%M UTC");
        let workflow = std::mem::take(&mut self.workflow);
        self.put(format_args!(
            "<footer>Made by the workflow {workflow} on {at}.</footer>\n</main>\n</body>\n</html>\n"
        ));
        self.html
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a text never fails.
        self.html.write_fmt(text).ok();
    }
}

/// A text that a cell has room for.
fn cut(text: String) -> String {
    match text.char_indices().nth(LONGEST_CELL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A value as people read it.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A text that stands for itself between tags and in an attribute's quotes. Characters that no document may hold are left
/// out.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\t' => safe.push(letter),
            control if control.is_control() => {}
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::services::workflows::kept::KeptColumn;

    const HOSTILE: &str = "</title></style></script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&\u{1b}\0";

    #[test]
    fn nothing_that_is_put_in_becomes_markup() {
        let columns = vec![KeptColumn { name: HOSTILE.to_owned(), data_type: HOSTILE.to_owned(), numeric: false }];
        let rows = KeptRows {
            columns,
            rows: vec![vec![json!(HOSTILE)], vec![json!({ HOSTILE: [HOSTILE] })]],
            truncated: true,
        };
        let part = Part { title: HOSTILE.to_owned(), sentence: HOSTILE.to_owned(), rows: Some(rows), chart: None };
        let mut document = Document::begin(HOSTILE, HOSTILE, Some(HOSTILE));
        document.section(&part, None);
        let html = document.end();
        assert!(!html.contains("<script") && !html.contains("<img") && !html.contains('\0'), "{html}");
        assert_eq!(html.matches("</title>").count(), 1);
        assert_eq!(html.matches("</style>").count(), 1);
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    }

    #[test]
    fn a_document_loads_nothing() {
        let html = Document::begin("Report", "Weekly", None).end();
        for loads in ["http://", "https://", "src=", "href=", "url(", "@import", "<script"] {
            assert!(!html.contains(loads), "{loads}");
        }
    }
}
