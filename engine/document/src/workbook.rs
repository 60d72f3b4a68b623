//! Writes tables as an Excel workbook. Texts stay texts: a number of a certificate does not become a
//! number, and nothing becomes a formula.

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook as File, Worksheet,
    XlsxError,
};

use crate::content::{Cell, Sheet, Workbook};
use crate::pdf::About;
use crate::problem::{NOT_WRITTEN, Problem, Problems};

/// The bytes of an Excel file.
pub fn write(workbook: &Workbook, about: &About<'_>) -> Result<Vec<u8>, Problems> {
    let failed = |error: XlsxError| {
        Problems::from(Problem::new(NOT_WRITTEN, "").with("reason", error.to_string()))
    };
    let mut file = File::new();
    let properties = DocProperties::new()
        .set_title(about.title)
        .set_author(about.author);
    // Without a date of its own the library would take the machine's.
    let properties = properties.set_creation_datetime(&issued_at(about).map_err(failed)?);
    file.set_properties(&properties);
    let formats = Formats::new();
    for sheet in &workbook.sheets {
        let written = file.add_worksheet();
        write_sheet(written, sheet, &formats).map_err(failed)?;
    }
    file.save_to_buffer().map_err(failed)
}

fn issued_at(about: &About<'_>) -> Result<ExcelDateTime, XlsxError> {
    let [year, rest @ ..] = about.issued_at;
    let [month, day, hour, minute, second] = rest.map(|it| u8::try_from(it).unwrap_or(0));
    ExcelDateTime::from_ymd(year, month, day)?.and_hms(u16::from(hour), minute, u16::from(second))
}

struct Formats {
    title: Format,
    head: Format,
    text: Format,
    integer: Format,
    money: Format,
    percent: Format,
    date: Format,
    suppressed: Format,
}

impl Formats {
    fn new() -> Formats {
        let framed = || Format::new().set_border(FormatBorder::Thin);
        Formats {
            title: Format::new()
                .set_bold()
                .set_font_size(16)
                .set_align(FormatAlign::Center),
            head: framed()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::Center),
            text: framed().set_num_format("@"),
            integer: framed().set_num_format("#,##0"),
            money: framed().set_num_format("#,##0.00"),
            percent: framed().set_num_format("0.00%"),
            date: framed().set_num_format("yyyy-mm-dd"),
            suppressed: framed().set_align(FormatAlign::Right),
        }
    }
}

fn write_sheet(written: &mut Worksheet, sheet: &Sheet, formats: &Formats) -> Result<(), XlsxError> {
    written.set_name(&sheet.name)?;
    let n_columns = u16::try_from(sheet.heads.len()).unwrap_or(u16::MAX);
    let mut row = 0;
    if !sheet.title.is_empty() {
        match n_columns {
            1 => {
                written.write_string_with_format(0, 0, &sheet.title, &formats.title)?;
            }
            _ => {
                written.merge_range(0, 0, 0, n_columns - 1, &sheet.title, &formats.title)?;
            }
        }
        row = 1;
    }
    for (column, (head, width)) in (0..).zip(&sheet.heads) {
        written.set_column_width(column, *width)?;
        written.write_string_with_format(row, column, head, &formats.head)?;
    }
    written.set_freeze_panes(row + 1, 0)?;
    written.set_repeat_rows(row, row)?;
    for cells in sheet.rows.iter().chain(&sheet.totals) {
        row += 1;
        for (column, cell) in (0..).zip(cells) {
            write_cell(written, (row, column), cell, formats)?;
        }
    }
    Ok(())
}

fn write_cell(
    written: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    formats: &Formats,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => written.write_blank(row, column, &formats.text)?,
        Cell::Text(text) => written.write_string_with_format(row, column, text, &formats.text)?,
        Cell::Integer(it) => {
            written.write_number_with_format(row, column, number(*it, 1), &formats.integer)?
        }
        Cell::Money(fen) => {
            written.write_number_with_format(row, column, number(*fen, 100), &formats.money)?
        }
        Cell::Percent(it) => {
            written.write_number_with_format(row, column, number(*it, 10_000), &formats.percent)?
        }
        Cell::Date(year, month, day) => {
            let date = ExcelDateTime::from_ymd(*year, *month, *day)?;
            written.write_datetime_with_format(row, column, &date, &formats.date)?
        }
        Cell::Suppressed(below) => written.write_string_with_format(
            row,
            column,
            format!("<{below}"),
            &formats.suppressed,
        )?,
    };
    Ok(())
}

#[expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "the cells of a workbook are binary fractions; this is the one place where they are made"
)]
fn number(dividend: i64, divisor: i64) -> f64 {
    dividend as f64 / divisor as f64
}
