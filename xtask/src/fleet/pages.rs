//! Writes files, and rows into files of a thousand rows each, as command lines save the pages of an answer.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

/// Rows of a page: the most that Resource Graph gives, and what stands for the merged pages of the others.
const ROWS: usize = 1000;

/// How an operation wraps its rows.
pub(super) enum Wrap {
    /// `{"<list>": […], "NextToken": …}` of AWS, the member's name given.
    Aws(&'static str),
    /// The same in the lower case of `inspector2`.
    AwsLower(&'static str),
    /// Resource Graph, with the rows that the query has in all.
    Graph(u64),
}

/// A file on its way.
pub(super) struct Pages {
    folder: PathBuf,
    name: String,
    wrap: Wrap,
    rows: String,
    count: usize,
    page: usize,
}

impl Pages {
    /// Of an operation in a folder.
    pub(super) fn new(folder: &Path, name: &str, wrap: Wrap) -> Pages {
        Pages { folder: folder.to_owned(), name: name.to_owned(), wrap, rows: String::new(), count: 0, page: 1 }
    }

    /// One row.
    pub(super) fn row(&mut self, row: &str) -> io::Result<()> {
        if self.count == ROWS {
            self.flush(true)?;
        }
        if self.count > 0 {
            self.rows.push_str(",\n");
        }
        self.rows.push_str(row);
        self.count += 1;
        Ok(())
    }

    /// The last page, which may be empty.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.flush(false)
    }

    fn flush(&mut self, more: bool) -> io::Result<()> {
        let (rows, count, page) = (&self.rows, self.count, self.page);
        let mut text = String::with_capacity(rows.len() + 256);
        let next = format!("page-{}", page + 1);
        let done = match &self.wrap {
            Wrap::Aws(list) => {
                let token = if more { format!(", \"NextToken\": \"{next}\"") } else { String::new() };
                write!(text, "{{\"{list}\": [\n{rows}\n]{token}}}\n")
            }
            Wrap::AwsLower(list) => {
                let token = if more { format!(", \"nextToken\": \"{next}\"") } else { String::new() };
                write!(text, "{{\"{list}\": [\n{rows}\n]{token}}}\n")
            }
            Wrap::Graph(total) => {
                let token = if more { format!(", \"$skipToken\": \"{next}\"") } else { String::new() };
                write!(
                    text,
                    "{{\"totalRecords\": {total}, \"count\": {count}, \"data\": [\n{rows}\n], \"facets\": [], \
                     \"resultTruncated\": \"false\"{token}}}\n"
                )
            }
        };
        done.map_err(io::Error::other)?;
        std::fs::write(self.folder.join(format!("{}.{page}.json", self.name)), text)?;
        self.rows.clear();
        self.count = 0;
        self.page += 1;
        Ok(())
    }
}

/// A time in seconds as RFC 3339 in UTC.
pub(super) fn time(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Civil date from days; source: Howard Hinnant, "chrono-compatible low-level date algorithms".
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_print_as_dates() {
        assert_eq!(super::time(super::super::LAST_DAY), "2026-11-23T06:00:00Z");
        assert_eq!(super::time(1_709_210_096), "2024-02-29T12:34:56Z");
    }
}
