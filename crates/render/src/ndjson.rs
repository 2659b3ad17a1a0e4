//! The result as lines: the document without its findings, then one finding a line.

use crate::json::v1;
use crate::{Report, summary};
use std::io::{Error, Result, Write};

/// Writes the header line and a line for each finding.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> Result<()> {
    serde_json::to_writer(&mut *out, &v1::Header::of(report)).map_err(Error::from)?;
    out.write_all(b"\n")?;
    for finding in summary::shown(report) {
        serde_json::to_writer(&mut *out, &v1::Finding::of(report, finding)).map_err(Error::from)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
