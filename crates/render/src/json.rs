//! The result as one JSON document. Findings are written one by one: the document is never held whole.

pub(crate) mod v1;

use crate::Report;
use std::io::{Error, Result, Write};

/// Writes the result document, `patchseal.result/v1`.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> Result<()> {
    let document = v1::Document { header: v1::Header::of(report), findings: v1::Findings(report) };
    serde_json::to_writer_pretty(&mut *out, &document).map_err(Error::from)?;
    out.write_all(b"\n")
}
