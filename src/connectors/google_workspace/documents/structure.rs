//! The structure of a document, flattened into one row a paragraph.

use serde_json::{Map, Value, json};

/// Tables within tables are followed so deep.
const DEEPEST: usize = 16;

/// The paragraphs of a document, in reading order: tab after tab, then what stands around the text.
pub(super) fn paragraphs(document: &Value) -> Vec<Value> {
    let mut flat = Flat::default();
    match document.get("tabs").and_then(Value::as_array) {
        Some(tabs) => tabs.iter().for_each(|tab| flat.tab(tab)),
        // Without tabs, its only content stands where it always did.
        None => flat.content_of(document, &Value::Null),
    }
    flat.rows
}

#[derive(Default)]
struct Flat {
    rows: Vec<Value>,
    tables: u64,
}

/// What surrounds a paragraph.
#[derive(Clone, Copy)]
struct Surroundings<'a> {
    lists: &'a Value,
    tab: &'a Value,
    /// What kind it is if nothing else is known.
    kind: &'static str,
    cell: Option<&'a Map<String, Value>>,
    depth: usize,
}

impl Flat {
    fn tab(&mut self, tab: &Value) {
        self.content_of(&tab["documentTab"], &tab["tabProperties"]);
        for child in tab["childTabs"].as_array().into_iter().flatten() {
            self.tab(child);
        }
    }

    fn content_of(&mut self, document: &Value, tab: &Value) {
        let around = Surroundings { lists: &document["lists"], tab, kind: "paragraph", cell: None, depth: 0 };
        let mut headings = Headings::default();
        self.elements(&document["body"]["content"], around, &mut headings);
        for (place, kind) in [("headers", "header"), ("footers", "footer"), ("footnotes", "footnote")] {
            for part in document[place].as_object().into_iter().flat_map(Map::values) {
                self.elements(&part["content"], Surroundings { kind, ..around }, &mut Headings::default());
            }
        }
    }

    fn elements(&mut self, content: &Value, around: Surroundings<'_>, headings: &mut Headings) {
        for element in content.as_array().into_iter().flatten() {
            if let Some(paragraph) = element.get("paragraph") {
                self.paragraph(element, paragraph, around, headings);
            } else if let Some(table) = element.get("table") {
                self.table(table, around, headings);
            } else if let Some(contents) = element.get("tableOfContents") {
                let around = Surroundings { kind: "table_of_contents", ..around };
                // Its lines repeat the headings.
                self.elements(&contents["content"], around, &mut Headings::default());
            }
        }
    }

    fn table(&mut self, table: &Value, around: Surroundings<'_>, headings: &mut Headings) {
        if around.depth >= DEEPEST {
            return;
        }
        self.tables += 1;
        let number = self.tables;
        for (row, cells) in (1..).zip(table["tableRows"].as_array().into_iter().flatten()) {
            for (column, cell) in (1..).zip(cells["tableCells"].as_array().into_iter().flatten()) {
                let span = |key: &str| cell["tableCellStyle"][key].as_u64().unwrap_or(1).max(1);
                let place = json!({
                    "table_number": number, "table_row": row, "table_column": column,
                    "row_span": span("rowSpan"), "column_span": span("columnSpan"),
                });
                let place = place.as_object().cloned().unwrap_or_default();
                let around = Surroundings { kind: "table_cell", cell: Some(&place), depth: around.depth + 1, ..around };
                self.elements(&cell["content"], around, headings);
            }
        }
    }

    fn paragraph(&mut self, element: &Value, paragraph: &Value, around: Surroundings<'_>, headings: &mut Headings) {
        let (text, links) = text_of(paragraph);
        if text.is_empty() {
            return;
        }
        let style = paragraph["paragraphStyle"]["namedStyleType"].as_str().unwrap_or("NORMAL_TEXT");
        let level = style.strip_prefix("HEADING_").and_then(|level| level.parse::<usize>().ok());
        let bullet = paragraph.get("bullet");
        let kind = match (around.kind, style) {
            ("paragraph", "TITLE") => "title",
            ("paragraph", "SUBTITLE") => "subtitle",
            ("paragraph", _) if level.is_some() => "heading",
            ("paragraph", _) if bullet.is_some() => "list_item",
            (kind, _) => kind,
        };
        let path = headings.path(level);
        let mut row = json!({
            "position": self.rows.len() + 1,
            "tab_id": around.tab["tabId"], "tab_title": around.tab["title"],
            "kind": kind, "heading_level": level, "heading_path": path, "text": text, "style": style,
            "start_index": element["startIndex"], "end_index": element["endIndex"],
        });
        if !links.is_empty() {
            row["links"] = json!(links);
        }
        if let Some(bullet) = bullet {
            let level = bullet["nestingLevel"].as_u64().unwrap_or_default();
            row["list_id"] = bullet["listId"].clone();
            row["list_level"] = json!(level);
            row["list_is_numbered"] = json!(is_numbered(around.lists, bullet["listId"].as_str(), level));
        }
        if let (Some(row), Some(cell)) = (row.as_object_mut(), around.cell) {
            row.extend(cell.clone());
        }
        if kind == "heading" {
            headings.enter(level.unwrap_or(1), row["text"].as_str().unwrap_or_default());
        }
        self.rows.push(row);
    }
}

/// The headings that are above, by their levels.
#[derive(Default)]
struct Headings(Vec<(usize, String)>);

impl Headings {
    fn enter(&mut self, level: usize, text: &str) {
        self.0.retain(|(above, _)| *above < level);
        self.0.push((level, text.to_owned()));
    }

    /// What stands above; of a heading, what stands above headings of its level.
    fn path(&self, level: Option<usize>) -> Option<String> {
        let above = self.0.iter().filter(|(above, _)| level.is_none_or(|level| *above < level));
        let path: Vec<_> = above.map(|(_, text)| text.as_str()).collect();
        (!path.is_empty()).then(|| path.join(" > "))
    }
}

/// The text of a paragraph, and where parts of it lead.
fn text_of(paragraph: &Value) -> (String, Vec<Value>) {
    let mut text = String::new();
    let mut links = Vec::new();
    for element in paragraph["elements"].as_array().into_iter().flatten() {
        let words = |place: &str| element.pointer(place).and_then(Value::as_str).unwrap_or_default();
        let run = words("/textRun/content");
        text.push_str(run);
        if let Some(url) = element.pointer("/textRun/textStyle/link/url") {
            links.push(json!({ "text": run.trim(), "url": url }));
        }
        if element.get("richLink").is_some() {
            let (title, url) = (words("/richLink/richLinkProperties/title"), words("/richLink/richLinkProperties/uri"));
            text.push_str(if title.is_empty() { url } else { title });
            links.push(json!({ "text": title, "url": url }));
        }
        if element.get("person").is_some() {
            let (name, email) = (words("/person/personProperties/name"), words("/person/personProperties/email"));
            text.push_str(if name.is_empty() { email } else { name });
        }
        text.push_str(words("/dateElement/dateElementProperties/displayText"));
    }
    // A vertical tab is a line break within a paragraph.
    (text.replace('\u{b}', "\n").trim().to_owned(), links)
}

/// Whether the items of a list have numbers at a level.
fn is_numbered(lists: &Value, id: Option<&str>, level: u64) -> bool {
    let levels = id.map(|id| &lists[id]["listProperties"]["nestingLevels"]);
    let level = usize::try_from(level).unwrap_or_default();
    let glyph = levels.and_then(|levels| levels[level]["glyphType"].as_str());
    glyph.is_some_and(|glyph| !matches!(glyph, "GLYPH_TYPE_UNSPECIFIED" | "NONE"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paragraph(text: &str, style: &str, bullet: Option<u64>) -> Value {
        let mut paragraph = json!({
            "elements": [{"textRun": {"content": format!("{text}\n")}}], "paragraphStyle": {"namedStyleType": style},
        });
        if let Some(level) = bullet {
            paragraph["bullet"] = json!({"listId": "l1", "nestingLevel": level});
        }
        json!({ "paragraph": paragraph })
    }

    #[test]
    fn headings_lists_and_tables_are_told() {
        let cell = |text: &str| json!({"content": [paragraph(text, "NORMAL_TEXT", None)]});
        let document = json!({"tabs": [{
            "tabProperties": {"tabId": "t.0", "title": "Main"},
            "documentTab": {
                "lists": {"l1": {"listProperties": {"nestingLevels": [{"glyphType": "DECIMAL"}, {"glyphSymbol": "●"}]}}},
                "body": {"content": [
                    {"sectionBreak": {}}, paragraph("Plan", "TITLE", None), paragraph("Goals", "HEADING_1", None),
                    paragraph("Sell", "NORMAL_TEXT", Some(0)), paragraph("More", "NORMAL_TEXT", Some(1)),
                    paragraph("Money", "HEADING_2", None), paragraph("", "NORMAL_TEXT", None),
                    {"table": {"tableRows": [{"tableCells": [cell("a"), cell("b")]}]}},
                    paragraph("Risks", "HEADING_1", None),
                ]},
            },
            "childTabs": [{"tabProperties": {"tabId": "t.1", "title": "Annex"}, "documentTab": {"body": {"content": [
                paragraph("More", "NORMAL_TEXT", None)]}}}],
        }]});
        let told: Vec<_> = paragraphs(&document)
            .iter()
            .map(|row| {
                let text = |key: &str| row[key].as_str().unwrap_or("-").to_owned();
                format!(
                    "{} {} {} [{}] {}{}",
                    row["position"],
                    text("tab_id"),
                    text("kind"),
                    text("heading_path"),
                    text("text"),
                    row.get("list_is_numbered")
                        .or(row.get("table_column"))
                        .map(|more| format!(" {more}"))
                        .unwrap_or_default()
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "1 t.0 title [-] Plan",
                "2 t.0 heading [-] Goals",
                "3 t.0 list_item [Goals] Sell true",
                "4 t.0 list_item [Goals] More false",
                "5 t.0 heading [Goals] Money",
                "6 t.0 table_cell [Goals > Money] a 1",
                "7 t.0 table_cell [Goals > Money] b 2",
                "8 t.0 heading [-] Risks",
                "9 t.1 paragraph [-] More",
            ]
        );
    }
}
