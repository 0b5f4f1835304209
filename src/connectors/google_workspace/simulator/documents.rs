//! Docs v1: a document with its tabs, as a tree of structural elements.

use serde_json::{Map, Value, json};

use super::account::{Account, Content};
use super::refusal::Refusal;
use super::serve::{Answer, Asked};
use crate::demo::{Block, PaperTab};

pub(super) fn get(account: &Account, id: &str, asked: &Asked) -> Answer {
    let file = account.files.get(id).ok_or_else(|| Refusal::not_found("Requested entity was not found."))?;
    let Content::Paper(paper) = &file.content else {
        return Err(Refusal::invalid("This operation is not supported for this document"));
    };
    let mut answer = json!({
        "documentId": file.id, "title": file.name, "revisionId": format!("ALm37B{:08}", file.version),
        "suggestionsViewMode": "SUGGESTIONS_INLINE",
    });
    if asked.flag("includeTabsContent") {
        let tabs = paper.tabs.iter().enumerate().map(|(index, tab)| {
            let tab_id = if index == 0 { "t.0".to_owned() } else { format!("t.{index:012x}") };
            json!({
                "tabProperties": { "tabId": tab_id, "title": tab.title, "index": index }, "documentTab": content(tab),
            })
        });
        answer["tabs"] = tabs.collect();
    } else if let (Some(answer), Some(tab)) = (answer.as_object_mut(), paper.tabs.first()) {
        answer.extend(content(tab).as_object().cloned().unwrap_or_default());
    }
    Ok(answer)
}

/// The body of a tab, with the lists that it uses.
fn content(tab: &PaperTab) -> Value {
    let mut writer = Writer { index: 1, lists: Map::new(), list: None };
    let mut content =
        vec![json!({ "endIndex": 1, "sectionBreak": { "sectionStyle": { "sectionType": "CONTINUOUS" } } })];
    for block in &tab.blocks {
        content.push(writer.block(block));
    }
    json!({ "body": { "content": content }, "lists": writer.lists })
}

struct Writer {
    index: usize,
    lists: Map<String, Value>,
    /// The list that items go into, until something else comes.
    list: Option<String>,
}

impl Writer {
    fn block(&mut self, block: &Block) -> Value {
        if !matches!(block, Block::Item(..)) {
            self.list = None;
        }
        match block {
            Block::Title(text) => self.paragraph(text, "TITLE"),
            Block::Heading(level, text) => self.paragraph(text, &format!("HEADING_{level}")),
            Block::Text(text) => self.paragraph(text, "NORMAL_TEXT"),
            Block::Link(before, words, url) => {
                let link = json!({ "link": { "url": url }, "underline": true });
                self.runs(&[(before, json!({})), (words, link), ("\n", json!({}))], "NORMAL_TEXT")
            }
            Block::Item(level, is_numbered, text) => self.item(*level, *is_numbered, text),
            Block::Table(rows) => self.table(rows),
        }
    }

    fn paragraph(&mut self, text: &str, style: &str) -> Value {
        self.runs(&[(&format!("{text}\n"), json!({}))], style)
    }

    fn runs(&mut self, runs: &[(&str, Value)], style: &str) -> Value {
        let start = self.index;
        let mut elements = Vec::new();
        for (text, text_style) in runs {
            let from = self.index;
            // Google counts in UTF-16.
            self.index += text.encode_utf16().count();
            elements.push(json!({
                "startIndex": from, "endIndex": self.index, "textRun": { "content": text, "textStyle": text_style },
            }));
        }
        let paragraph = json!({
            "elements": elements, "paragraphStyle": { "namedStyleType": style, "direction": "LEFT_TO_RIGHT" },
        });
        json!({ "startIndex": start, "endIndex": self.index, "paragraph": paragraph })
    }

    fn item(&mut self, level: u8, is_numbered: bool, text: &str) -> Value {
        let list = self.list.get_or_insert_with(|| format!("kix.list{}", self.lists.len())).clone();
        let entry =
            self.lists.entry(list.clone()).or_insert_with(|| json!({ "listProperties": { "nestingLevels": [] } }));
        if let Some(levels) = entry["listProperties"]["nestingLevels"].as_array_mut() {
            while levels.len() <= usize::from(level) {
                levels.push(json!({ "glyphSymbol": "●", "glyphFormat": "%0", "startNumber": 1 }));
            }
            if is_numbered {
                levels[usize::from(level)] = json!({ "glyphType": "DECIMAL", "glyphFormat": "%0.", "startNumber": 1 });
            }
        }
        let mut element = self.paragraph(text, "NORMAL_TEXT");
        let mut bullet = json!({ "listId": list });
        // What is 0 is left out.
        if level > 0 {
            bullet["nestingLevel"] = json!(level);
        }
        element["paragraph"]["bullet"] = bullet;
        element
    }

    fn table(&mut self, rows: &[Vec<String>]) -> Value {
        let start = self.index;
        self.index += 1;
        let mut table_rows = Vec::new();
        for row in rows {
            let from = self.index;
            self.index += 1;
            let mut cells = Vec::new();
            for text in row {
                let from = self.index;
                self.index += 1;
                let paragraph = self.paragraph(text, "NORMAL_TEXT");
                cells.push(json!({
                    "startIndex": from, "endIndex": self.index, "content": [paragraph],
                    "tableCellStyle": { "rowSpan": 1, "columnSpan": 1 },
                }));
            }
            table_rows.push(json!({ "startIndex": from, "endIndex": self.index, "tableCells": cells }));
        }
        self.index += 1;
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        let table = json!({ "rows": rows.len(), "columns": columns, "tableRows": table_rows });
        json!({ "startIndex": start, "endIndex": self.index, "table": table })
    }
}
