//! Files with comma-separated values (RFC 4180), as spreadsheets export them: what is imported is
//! read row by row, so that each row can be reported by its number.

/// The rows of a file, under the names of its first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvFile {
    columns: Vec<String>,
    rows: Vec<CsvRow>,
}

/// A row after the first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvRow {
    line: usize,
    cells: Vec<String>,
}

/// Why a text is no such file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidCsv {
    /// It has no first line, or a name in it is empty or stands twice.
    Columns,
    /// A quotation mark in this line is not closed, or stands within an unquoted cell.
    Quote(usize),
    /// This line has not as many cells as the first one.
    Width(usize),
}

impl InvalidCsv {
    /// The line, counted from 1.
    pub fn line(self) -> usize {
        match self {
            Self::Columns => 1,
            Self::Quote(line) | Self::Width(line) => line,
        }
    }
}

impl CsvFile {
    /// Reads a file. A byte order mark is passed over, and so are empty lines; cells lose the blanks
    /// around them.
    ///
    /// ```
    /// use tongban_sdk::CsvFile;
    /// let file = CsvFile::parse("姓名,备注\n张三,\"甲,乙\"\n").unwrap();
    /// let row = &file.rows()[0];
    /// assert_eq!((row.line(), file.cell(row, "备注")), (2, Some("甲,乙")));
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidCsv> {
        let mut records = records(text.trim_start_matches('\u{FEFF}'))?.into_iter();
        let columns = records.next().ok_or(InvalidCsv::Columns)?.cells;
        let twice = |(idx, name): (usize, &String)| columns[..idx].contains(name);
        if columns.iter().any(String::is_empty) || columns.iter().enumerate().any(twice) {
            return Err(InvalidCsv::Columns);
        }
        let rows: Vec<CsvRow> = records.collect();
        match rows.iter().find(|it| it.cells.len() != columns.len()) {
            Some(row) => Err(InvalidCsv::Width(row.line)),
            None => Ok(Self { columns, rows }),
        }
    }

    /// The names of the first line.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The rows after it.
    pub fn rows(&self) -> &[CsvRow] {
        &self.rows
    }

    /// The cell of a row in the column of this name; none if there is no such column or the cell is
    /// empty.
    pub fn cell<'r>(&self, row: &'r CsvRow, column: &str) -> Option<&'r str> {
        let idx = self.columns.iter().position(|it| it == column)?;
        row.cells
            .get(idx)
            .map(String::as_str)
            .filter(|it| !it.is_empty())
    }
}

impl CsvRow {
    /// The line on which the row begins, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

fn records(text: &str) -> Result<Vec<CsvRow>, InvalidCsv> {
    let mut records = Vec::new();
    let mut chars = text.chars().peekable();
    let mut line = 1;
    while chars.peek().is_some() {
        let (begins_at, mut cells) = (line, Vec::new());
        loop {
            let cell = cell(&mut chars, &mut line)?;
            cells.push(cell.trim().to_owned());
            match chars.next() {
                Some(',') => {}
                Some('\r') if chars.peek() == Some(&'\n') => {
                    chars.next();
                    break;
                }
                _ => break,
            }
        }
        line += 1;
        if cells.iter().any(|it| !it.is_empty()) {
            records.push(CsvRow {
                line: begins_at,
                cells,
            });
        }
    }
    Ok(records)
}

/// One cell; what ends it is left.
fn cell(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    line: &mut usize,
) -> Result<String, InvalidCsv> {
    let begins_at = *line;
    let mut cell = String::new();
    if chars.peek() != Some(&'"') {
        while let Some(it) = chars.next_if(|it| !matches!(it, ',' | '\n' | '\r' | '"')) {
            cell.push(it);
        }
        return if chars.peek() == Some(&'"') {
            Err(InvalidCsv::Quote(begins_at))
        } else {
            Ok(cell)
        };
    }
    chars.next();
    loop {
        match chars.next() {
            Some('"') if chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            Some('"') => break,
            Some(it) => {
                *line += usize::from(it == '\n');
                cell.push(it);
            }
            None => return Err(InvalidCsv::Quote(begins_at)),
        }
    }
    match chars.peek() {
        None | Some(',' | '\n' | '\r') => Ok(cell),
        Some(_) => Err(InvalidCsv::Quote(begins_at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_under_the_names_of_the_first_line() {
        let text = "\u{FEFF}a, b ,c\r\n1,\"two, \"\"2\"\"\",\r\n\r\n4,\"five\nand more\",6\n";
        let file = CsvFile::parse(text).unwrap();
        assert_eq!(file.columns(), ["a", "b", "c"]);
        let [first, second] = file.rows() else {
            panic!("expected two rows")
        };
        assert_eq!(
            (first.line(), file.cell(first, "b")),
            (2, Some("two, \"2\""))
        );
        assert_eq!(file.cell(first, "c"), None);
        assert_eq!(file.cell(first, "d"), None);
        assert_eq!(
            (second.line(), file.cell(second, "b")),
            (4, Some("five\nand more"))
        );
    }

    #[test]
    fn what_is_no_such_file_is_refused_with_its_line() {
        for (text, error) in [
            ("", InvalidCsv::Columns),
            ("a,\n1,2", InvalidCsv::Columns),
            ("a,a\n1,2", InvalidCsv::Columns),
            ("a,b\n1,2\n3", InvalidCsv::Width(3)),
            ("a,b\n1,\"2", InvalidCsv::Quote(2)),
            ("a,b\n1,2\"", InvalidCsv::Quote(2)),
            ("a,b\n1,\"2\"3", InvalidCsv::Quote(2)),
        ] {
            assert_eq!(CsvFile::parse(text), Err(error), "{text:?}");
        }
    }
}
