//! `explain`.

use super::document;
use crate::cli::{ExplainArgs, Global, ReportFormat};
use crate::error::Error;
use crate::exit::Exit;
use patchseal_core::control;
use patchseal_core::rules::{RULES, rule};
use patchseal_render::explain;

/// Explains a rule, a control or a finding.
pub(super) fn run(global: &Global, args: &ExplainArgs) -> Result<Exit, Error> {
    let mut text = Vec::new();
    let write = |source| Error::Write { path: "the explanation".into(), source };
    if args.operations {
        for operation in patchseal_sources::operations() {
            text.extend(format!("{:45} {}\n", operation.id, operation.docs).into_bytes());
        }
    } else if args.all {
        match args.format {
            ReportFormat::Json => explain::rules_json(&mut text).map_err(write)?,
            ReportFormat::Human => {
                for rule in RULES {
                    text.extend(format!("{:34} {:9} {}\n", rule.id, rule.severity.as_str(), rule.title).into_bytes());
                }
            }
        }
    } else {
        let what = args.what.as_deref().unwrap_or_default();
        if let Some(rule) = rule(what) {
            explain::rule(rule, &mut text).map_err(write)?;
        } else if let Some(control) = control::control(&what.to_ascii_lowercase()) {
            explain::control(control, &mut text).map_err(write)?;
        } else if what.len() == 16 && what.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return super::evaluate::explain_finding(global, what);
        } else {
            let near = RULES.iter().map(|rule| rule.id).find(|id| id.contains(what) || what.contains(id));
            let hint = near.map_or_else(
                || "`patchseal explain --all` lists the rules".to_owned(),
                |id| format!("did you mean {id:?}?"),
            );
            return Err(Error::Usage(format!("no rule, control or finding is called {what:?}: {hint}")));
        }
    }
    document(global, &text)?;
    Ok(Exit::Clean)
}
