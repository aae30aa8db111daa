//! `refcast vocab`: what can be asked for.

use std::io::Write;

use refcast::Session;
use refcast_model::vocabulary::{AcceptedValue, NOTHING_TO_SEARCH, says_nothing};
use serde_json::json;

use crate::failure::Result;
use crate::flags::{CommonFlags, VocabFlags};
use crate::stdout::{print, print_json};

/// Prints the values that match, with what training saw of each.
///
/// # Errors
/// A field that has no vocabulary, a model that cannot be loaded, or standard output that cannot
/// be written.
pub fn run(flags: &VocabFlags, common: &CommonFlags) -> Result<()> {
    let session = Session::open(&flags.model.model)?;
    let search = flags.search.as_deref().unwrap_or("");
    let found = session.model().search(flags.field.as_deref(), search)?;
    if says_nothing(search) && !common.quiet {
        anstream::eprintln!("{NOTHING_TO_SEARCH}");
    }
    let all = found.len();
    let most = if flags.limit == 0 { all } else { flags.limit };
    let shown: Vec<&AcceptedValue> = found.iter().take(most).collect();
    if common.json {
        let entries: Vec<_> = shown.iter().map(|entry| as_json(entry)).collect();
        return print_json(&json!({ "entries": entries, "n_found": all }));
    }
    print(|out| {
        writeln!(out, "field\tvalue\tlabel\tkind\tsamples\tstudies\tsynonyms")?;
        shown.iter().try_for_each(|entry| write_line(out, entry))
    })?;
    if shown.len() < all && !common.quiet {
        // Not on standard output, which holds the table.
        anstream::eprintln!(
            "{} more of {all}; `--limit 0` prints all",
            all - shown.len()
        );
    }
    Ok(())
}

fn write_line(out: &mut dyn Write, entry: &AcceptedValue) -> std::io::Result<()> {
    writeln!(
        out,
        "{}\t{}\t{}\t{}\t{}\t{}\t{}",
        entry.field,
        entry.value,
        entry.label,
        entry.kind.map_or("", |kind| kind.name()),
        entry.samples,
        entry.studies,
        entry.synonyms.join(" | ")
    )
}

fn as_json(entry: &AcceptedValue) -> serde_json::Value {
    json!({
        "field": entry.field,
        "value": entry.value,
        "label": entry.label,
        "kind": entry.kind.map(|kind| kind.name()),
        "samples": entry.samples,
        "studies": entry.studies,
        "synonyms": entry.synonyms,
    })
}
