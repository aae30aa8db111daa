//! The folder of the report: what is there is kept, and what is new is put in place at the end.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use refcast_io::atomic_file::AtomicFile;

use super::error::{Error, Result};
use super::page::page;
use super::plot;
use super::rounded::rounded;
use super::stored::StoredOutcome;
use super::summary::summary;
use crate::outcome::Report;

/// Writes the files of every outcome and the summary of these and of the earlier ones in `folder`,
/// which is made if need be. `order` is that of the summary; benchmarks that it lacks come last.
/// Everything is made before the first file is put in place.
///
/// # Errors
/// An earlier file that does not hold what it must, a plot that cannot be drawn, a file that cannot
/// be written, and a quick report for a folder that holds a full one.
pub fn write(report: Report, folder: &Path, order: &[String]) -> Result<Vec<PathBuf>> {
    let report = rounded(report);
    let mut pages = earlier(folder)?;
    allowed(folder, report.quick, &pages)?;
    // A full summary has no quick page in it.
    pages.retain(|_, stored| stored.quick == report.quick);
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for stored in StoredOutcome::of(&report) {
        let name = &stored.outcome.name;
        let plots = plot::plots(&stored.outcome)?;
        let json = stored
            .to_json()
            .map_err(|error| Error::content(&folder.join(format!("{name}.json")), error))?;
        files.insert(format!("{name}.json"), json);
        files.insert(format!("{name}.md"), page(&stored, &plots));
        files.extend(plots.into_iter().map(|plot| (plot.file, plot.svg)));
        pages.insert(name.clone(), stored);
    }
    files.insert("README.md".to_owned(), summary(&ordered(pages, order)));
    fs::create_dir_all(folder).map_err(|error| Error::file(folder, error))?;
    put(folder, &files)
}

/// Whether a report can be written to `folder`, which [`write()`] finds out only after the work.
///
/// # Errors
/// Those of [`write()`] that the folder alone is the reason for.
pub fn check(folder: &Path, quick: bool) -> Result<()> {
    allowed(folder, quick, &earlier(folder)?)
}

fn allowed(folder: &Path, quick: bool, pages: &BTreeMap<String, StoredOutcome>) -> Result<()> {
    if quick && pages.values().any(|stored| !stored.quick) {
        return Err(Error::Quick(folder.to_owned()));
    }
    Ok(())
}

/// The outcomes whose JSON is in `folder`, by name.
fn earlier(folder: &Path) -> Result<BTreeMap<String, StoredOutcome>> {
    let mut pages = BTreeMap::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(pages),
        Err(error) => return Err(Error::file(folder, error)),
    };
    for entry in entries {
        let path = entry.map_err(|error| Error::file(folder, error))?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|error| Error::file(&path, error))?;
        let stored =
            StoredOutcome::from_json(&text).map_err(|problem| Error::content(&path, problem))?;
        pages.insert(stored.outcome.name.clone(), stored);
    }
    Ok(pages)
}

fn ordered(mut pages: BTreeMap<String, StoredOutcome>, order: &[String]) -> Vec<StoredOutcome> {
    let mut sorted: Vec<StoredOutcome> =
        order.iter().filter_map(|name| pages.remove(name)).collect();
    sorted.extend(pages.into_values());
    sorted
}

/// Writes all files beside their places, then renames one after the other.
fn put(folder: &Path, files: &BTreeMap<String, String>) -> Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for (name, text) in files {
        let path = folder.join(name);
        let mut file = AtomicFile::create(&path)?;
        file.write_all(text.as_bytes())
            .map_err(|error| Error::file(&path, error))?;
        written.push((path, file));
    }
    let mut paths = Vec::new();
    for (path, file) in written {
        file.commit()?;
        paths.push(path);
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::examples::report;

    fn order() -> Vec<String> {
        ["studies", "donors"].map(str::to_owned).to_vec()
    }

    fn read(folder: &Path, name: &str) -> String {
        fs::read_to_string(folder.join(name)).unwrap()
    }

    #[test]
    fn the_same_report_gives_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let paths = write(report(), folder.path(), &order()).unwrap();
        let contents: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
        assert!(paths.iter().any(|path| path.ends_with("donors.json")));
        assert!(paths.iter().any(|path| path.ends_with("README.md")));
        let again = write(report(), folder.path(), &order()).unwrap();
        assert_eq!(again, paths);
        let after: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
        assert_eq!(after, contents);
    }

    #[test]
    fn a_benchmark_run_alone_keeps_the_others_in_the_summary() {
        let folder = tempfile::tempdir().unwrap();
        write(report(), folder.path(), &order()).unwrap();
        let page = read(folder.path(), "donors.md");
        let mut other = report();
        other.outcomes[0].name = "studies".to_owned();
        other.outcomes[0].title = "Held-out studies".to_owned();
        write(other, folder.path(), &order()).unwrap();
        let summary = read(folder.path(), "README.md");
        let (studies, donors) = (summary.find("(studies.md)"), summary.find("(donors.md)"));
        assert!(studies.unwrap() < donors.unwrap(), "{summary}");
        assert_eq!(read(folder.path(), "donors.md"), page);
    }

    #[test]
    fn every_link_leads_to_a_file() {
        let folder = tempfile::tempdir().unwrap();
        write(report(), folder.path(), &order()).unwrap();
        for page in ["README.md", "donors.md"] {
            let text = read(folder.path(), page);
            let links = text.split("](").skip(1);
            for link in links.filter_map(|rest| rest.split(')').next()) {
                assert!(folder.path().join(link).is_file(), "{page}: {link}");
            }
        }
    }

    #[test]
    fn a_quick_report_does_not_replace_a_full_one() {
        let folder = tempfile::tempdir().unwrap();
        write(report(), folder.path(), &order()).unwrap();
        let before = read(folder.path(), "donors.json");
        let mut quick = report();
        quick.quick = true;
        quick.outcomes[0].cases.truncate(1);
        assert!(check(folder.path(), true).is_err() && check(folder.path(), false).is_ok());
        let error = write(quick.clone(), folder.path(), &order()).unwrap_err();
        assert!(error.to_string().contains("another folder"), "{error}");
        assert_eq!(read(folder.path(), "donors.json"), before);
        let other = tempfile::tempdir().unwrap();
        assert!(write(quick, &other.path().join("new"), &order()).is_ok());
    }

    #[test]
    fn an_earlier_file_that_is_damaged_is_named_and_nothing_written() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("old.json"), "{}").unwrap();
        let error = write(report(), folder.path(), &order()).unwrap_err();
        assert!(error.to_string().contains("old.json"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
