//! Why a command did not succeed, for people and for programs.

use std::collections::BTreeSet;
use std::io::Write;

use anstyle::{AnsiColor, Style};
use refcast_core::Fault;

use crate::failure::Failure;

const ERROR: Style = AnsiColor::Red.on_default().bold();

/// Says why a command did not succeed. With `json`, also on standard output in the form of the
/// wire protocol, so that a program need not parse sentences.
pub fn report(failure: &Failure, json: bool) {
    let mut stderr = anstream::stderr().lock();
    // A standard error that is closed leaves no place to complain.
    let _ = match failure {
        Failure::Closed => Ok(()),
        Failure::Failed(message) | Failure::Unmet(message) => {
            writeln!(stderr, "{ERROR}error:{ERROR:#} {message}")
        }
        Failure::Invalid(faults) => write_faults(&mut stderr, faults),
    };
    if json {
        let body = match failure {
            // The result of a benchmark is on standard output already.
            Failure::Closed | Failure::Unmet(_) => return,
            Failure::Failed(message) => serde_json::json!({ "error": message }),
            Failure::Invalid(faults) => {
                serde_json::json!({ "error": "Invalid request", "errors": faults })
            }
        };
        let _ = writeln!(std::io::stdout(), "{body}");
    }
}

fn write_faults(out: &mut impl Write, faults: &[Fault]) -> std::io::Result<()> {
    if let [fault] = faults {
        writeln!(out, "{ERROR}error:{ERROR:#} {fault}")?;
        return write_searches(out, faults);
    }
    writeln!(
        out,
        "{ERROR}error:{ERROR:#} {} things need to be put right:",
        faults.len()
    )?;
    for fault in faults {
        // A message of several lines stays under its bullet.
        writeln!(out, "  - {}", fault.to_string().replace('\n', "\n    "))?;
    }
    write_searches(out, faults)
}

/// The commands that list what may be given in place of what no table knows, each once.
fn write_searches(out: &mut impl Write, faults: &[Fault]) -> std::io::Result<()> {
    let fields = faults.iter().filter_map(|fault| fault.vocabulary_field);
    for field in fields.collect::<BTreeSet<_>>() {
        writeln!(
            out,
            "`refcast vocab --field {field} SEARCH` finds names and ids"
        )?;
    }
    Ok(())
}
