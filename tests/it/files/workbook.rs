//! XLSX.

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

use dataweaver::sdk::ErrorClass;

use super::folder::Folder;

#[tokio::test]
async fn cells_of_every_kind_arrive_and_errors_are_null() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("All kinds").unwrap();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let moment = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    let time = Format::new().set_num_format("hh:mm:ss");
    for (column, name) in ["id", "ratio", "ok", "day", "at", "time", "zip", "mixed", "error"].iter().enumerate() {
        sheet.write(2, column as u16 + 1, *name).unwrap();
    }
    let day = ExcelDateTime::parse_from_str("2024-02-29").unwrap();
    let at = ExcelDateTime::parse_from_str("2024-02-29T18:30:15.5").unwrap();
    let noon = ExcelDateTime::parse_from_str("12:00:00").unwrap();
    sheet.write(3, 1, 1).unwrap().write(3, 2, 0.5).unwrap().write(3, 3, true).unwrap();
    sheet.write_with_format(3, 4, &day, &date).unwrap().write_with_format(3, 5, &at, &moment).unwrap();
    sheet.write_with_format(3, 6, &noon, &time).unwrap().write(3, 7, "01234").unwrap().write(3, 8, 7).unwrap();
    sheet.write(3, 9, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    sheet.write(5, 1, 2).unwrap().write(5, 2, 3).unwrap().write(5, 8, "seven").unwrap().write(5, 9, 4).unwrap();
    book.add_worksheet().set_name("Second").unwrap().write(0, 0, "a").unwrap().write(1, 0, 1).unwrap();
    let folder = Folder::new().file("book.xlsx", book.save_to_buffer().unwrap());

    let outcome = folder.read("book.xlsx#All kinds").await.whole();
    assert_eq!(
        outcome.columns(),
        "id bigint, ratio double, ok boolean, day date, at timestamp, time text, zip text, mixed text, error bigint"
    );
    assert_eq!(
        outcome.lines(),
        [
            "1|0.5|true|2024-02-29|2024-02-29T18:30:15.500|12:00:00|01234|7|NULL",
            "2|3.0|NULL|NULL|NULL|NULL|NULL|seven|4",
        ]
    );
    let rejected: Vec<_> = outcome
        .rejected_values
        .iter()
        .map(|value| (value.column.as_str(), value.reason.as_str(), value.count))
        .collect();
    assert_eq!(rejected, [("error", "#DIV/0!", 1)]);
    assert_eq!(folder.read("book.xlsx#Second").await.whole().lines(), ["1"]);

    let error = folder.read("book.xlsx#Third").await.error.unwrap();
    assert_eq!(error.to_string(), "the sheet Third of book.xlsx was not found; discover again");
}

#[tokio::test]
async fn cells_that_do_not_fit_reject_their_row() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "id").unwrap().write(0, 1, "amount").unwrap();
    sheet.write(1, 0, 1).unwrap().write(1, 1, 10).unwrap();
    sheet.write(2, 0, "two").unwrap().write(2, 1, 20).unwrap();
    sheet.write(3, 0, 3).unwrap().write(3, 1, 1.5).unwrap();
    sheet.write(4, 0, 4).unwrap().write(4, 1, 40).unwrap().write(4, 3, "aside").unwrap();
    sheet.write(5, 0, 5).unwrap();
    let folder = Folder::new().with("sample_rows", 1).file("book.xlsx", book.save_to_buffer().unwrap());
    let outcome = folder.read("book.xlsx#Sheet1").await.whole();
    assert_eq!(outcome.lines(), ["1|10", "5|NULL"]);
    assert_eq!(
        outcome.rejections(),
        [
            "row 3: id: \"two\" is no bigint [two\t20]",
            "row 4: amount: \"1.5\" is no bigint [3\t1.5]",
            "row 5: a cell in column D lies right of the table [4\t40\taside]",
        ]
    );
}

#[tokio::test]
async fn a_merged_header_names_all_its_columns() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.merge_range(0, 0, 0, 2, "quarter", &Format::new()).unwrap();
    sheet.write(0, 3, "total").unwrap();
    for column in 0..4 {
        sheet.write(1, column, i32::from(column)).unwrap();
    }
    let folder = Folder::new().file("book.xlsx", book.save_to_buffer().unwrap());
    let outcome = folder.read("book.xlsx#Sheet1").await.whole();
    assert_eq!(outcome.columns(), "quarter bigint, quarter_2 bigint, quarter_3 bigint, total bigint");
}

#[tokio::test]
async fn what_is_no_workbook_is_told_by_name() {
    let mut book = Workbook::new();
    book.add_worksheet().write(0, 0, "a").unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let folder = Folder::new()
        .file("text.xlsx", "id,text\n")
        .file("empty.xlsx", "")
        .file("cut.xlsx", &bytes[..bytes.len() / 2])
        .file("blank.xlsx", Workbook::new().save_to_buffer().unwrap());
    for name in ["text.xlsx", "empty.xlsx", "cut.xlsx"] {
        let error = folder.read(&format!("{name}#Sheet1")).await.error.expect(name).to_string();
        assert!(error.starts_with(&format!("{name}: the file is damaged")), "{error}");
    }
    let outcome = folder.read("blank.xlsx#Sheet1").await.whole();
    assert_eq!((outcome.columns().as_str(), outcome.rows()), ("", 0));

    // Without sheets to be seen, the file itself is the data source.
    let found: Vec<_> = folder.sources().await.into_iter().map(|source| source.source_path).collect();
    assert_eq!(found, ["blank.xlsx#Sheet1", "cut.xlsx", "empty.xlsx", "text.xlsx"]);
    for name in &found[1..] {
        let error = folder.read(name).await.error.expect(name);
        assert_eq!(error.class(), ErrorClass::Data, "{error}");
        assert!(error.to_string().starts_with(&format!("{name}: the file is damaged")), "{error}");
    }
    folder.write("text.xlsx", &bytes);
    let mended = folder.read("text.xlsx").await.error.unwrap();
    assert_eq!(mended.class(), ErrorClass::NotFound);
    assert!(mended.to_string().contains("each of its sheets is a data source"), "{mended}");
}

/// A workbook written by hand, part by part, for what our writer does not write.
fn by_hand(workbook: &str, sheet: &str) -> Vec<u8> {
    use std::io::Write;
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/package/2006/relationships";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let parts = [
        (
            "[Content_Types].xml",
            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
             <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
             <Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>"
                .to_owned(),
        ),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{relations}\"><Relationship Id=\"rId1\" Type=\"{office}/officeDocument\" \
                 Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\">{workbook}<sheets>\
                 <sheet name=\"Sheet1\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{relations}\"><Relationship Id=\"rId1\" Type=\"{office}/worksheet\" \
                 Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"{office}/styles\" \
                 Target=\"styles.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/styles.xml",
            format!(
                "<styleSheet xmlns=\"{main}\"><cellXfs count=\"3\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"20\"/></cellXfs></styleSheet>"
            ),
        ),
        ("xl/worksheets/sheet1.xml", format!("<worksheet xmlns=\"{main}\"><sheetData>{sheet}</sheetData></worksheet>")),
    ];
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in parts {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[tokio::test]
async fn days_of_a_workbook_that_counts_from_1904_are_the_same_days() {
    let header = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>day</t></is></c></row>";
    let rows = |days: f64| format!("{header}<row r=\"2\"><c r=\"A2\" s=\"1\"><v>{days}</v></c></row>");
    let folder = Folder::new()
        .file("1900.xlsx", by_hand("", &rows(45_351.75)))
        .file("1904.xlsx", by_hand("<workbookPr date1904=\"1\"/>", &rows(45_351.75 - 1_462.)));
    for name in ["1900.xlsx", "1904.xlsx"] {
        let outcome = folder.read(&format!("{name}#Sheet1")).await.whole();
        assert_eq!(
            (outcome.columns().as_str(), outcome.lines()),
            ("day timestamp", vec!["2024-02-29T18:00:00".to_owned()]),
            "{name}"
        );
    }
}

/// A number that is formatted as a day, and as a time of day, in each row.
fn days_and_clocks(numbers: &[f64]) -> String {
    let header = ["day", "clock"].map(|name| format!("<c t=\"inlineStr\"><is><t>{name}</t></is></c>")).concat();
    let rows = numbers.iter().map(|number| {
        let clock = number.fract();
        format!("<row><c s=\"1\"><v>{number}</v></c><c s=\"2\"><v>{clock}</v></c></row>")
    });
    format!("<row>{header}</row>{}", rows.collect::<String>())
}

#[tokio::test]
async fn the_ends_of_both_calendars_are_days_and_what_is_none_is_null() {
    let folder = Folder::new()
        .file("1900.xlsx", by_hand("", &days_and_clocks(&[1., 0., 59., 60., 61., 2_958_465., 2_958_466., -1.])))
        .file(
            "1904.xlsx",
            by_hand(
                "<workbookPr date1904=\"1\"/>",
                &days_and_clocks(&[0., 0.5, 59., 60., 2_957_003., 2_957_004., -1.]),
            ),
        );
    let outcome = folder.read("1900.xlsx#Sheet1").await.whole();
    assert_eq!(outcome.columns(), "day date, clock text");
    let days = ["1900-01-01", "NULL", "1900-02-28", "NULL", "1900-03-01", "9999-12-31", "NULL", "NULL"];
    assert_eq!(outcome.lines(), days.map(|day| format!("{day}|00:00:00")));
    let reasons: Vec<_> = outcome.rejected_values.iter().map(|value| (value.reason.as_str(), value.count)).collect();
    let expected = [
        ("0 is no day, though workbooks show it as 1900-01-00", 1),
        ("1900-02-29 is no day, though workbooks count it", 1),
        ("a number below 0 is no day", 1),
        ("a number beyond the year 9999 is no day", 1),
    ];
    assert_eq!(reasons, expected);

    let outcome = folder.read("1904.xlsx#Sheet1").await.whole();
    assert_eq!(outcome.columns(), "day timestamp, clock text");
    let expected = [
        "1904-01-01T00:00:00|00:00:00",
        "1904-01-01T12:00:00|12:00:00",
        "1904-02-29T00:00:00|00:00:00",
        "1904-03-01T00:00:00|00:00:00",
        "9999-12-31T00:00:00|00:00:00",
        "NULL|00:00:00",
        "NULL|00:00:00",
    ];
    assert_eq!(outcome.lines(), expected);
}

#[tokio::test]
async fn formulas_whose_values_were_never_computed_are_null() {
    let sheet = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>id</t></is></c><c r=\"B1\" t=\"inlineStr\"><is><t>sum</t></is></c></row>\
                 <row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"B2\"><f>A2+1</f><v>2</v></c></row>\
                 <row r=\"3\"><c r=\"A3\"><v>2</v></c><c r=\"B3\"><f>A3+1</f></c></row>\
                 <row r=\"4\"><c r=\"A4\"><v>3</v></c><c r=\"B4\"><f>A4+1</f><v></v></c></row>";
    let outcome = Folder::new().file("a.xlsx", by_hand("", sheet)).read("a.xlsx#Sheet1").await.whole();
    assert_eq!((outcome.columns().as_str(), outcome.rejections()), ("id bigint, sum bigint", vec![]));
    assert_eq!(outcome.lines(), ["1|2", "2|NULL", "3|NULL"]);
}
