//! Counts of transcripts as counts of genes: estimated counts of the transcripts of a gene add up to
//! the gene's (Soneson et al. 2015, doi:10.12688/f1000research.7563.1, without offsets for length).

use std::collections::HashMap;
use std::path::Path;

use refcast_core::quoted;

use crate::error::{Error, Place, Result};
use crate::lines::LineReader;
use crate::source::{RawSample, SampleSource};

/// No line of a GTF is longer, nor of a table of two columns.
const LONGEST_LINE: usize = 1 << 20;
/// Bytes that a transcript and its gene take beside their letters.
const PAIR: usize = 64;

/// The gene of each transcript, by the id of the transcript without its version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TranscriptGenes(HashMap<String, String>);

impl TranscriptGenes {
    /// Reads a table with a column of Ensembl transcript ids and one of genes, in any order, with a
    /// header or without, or a GTF; gzipped or not.
    ///
    /// # Errors
    /// When the file cannot be read, or has no line with a transcript and a gene.
    pub fn read(path: &Path) -> Result<Self> {
        let mut genes = HashMap::new();
        let mut lines = LineReader::open(path)?.with_longest(LONGEST_LINE);
        let mut line = Vec::new();
        while lines.next(&mut line)?.is_some() {
            let line = String::from_utf8_lossy(&line);
            if let Some((transcript, gene)) = pair(&line) {
                lines.keep(PAIR + transcript.len() + gene.len())?;
                genes.insert(without_version(transcript).to_owned(), gene.to_owned());
            }
        }
        if genes.is_empty() {
            return Err(Error::format(
                path,
                Place::Whole,
                "no_transcripts",
                "has no line with a transcript (ENST…) and its gene: pass a table of two columns, transcript and gene, \
                 or the GTF that was quantified against",
            ));
        }
        Ok(Self(genes))
    }

    fn gene(&self, name: &str) -> Option<&String> {
        // A FASTA of GENCODE names a transcript `ENST…|ENSG…|…`.
        let transcript = name.split('|').next().unwrap_or(name).trim();
        self.0.get(without_version(transcript))
    }
}

/// The transcript and the gene of a line.
fn pair(line: &str) -> Option<(&str, &str)> {
    if let (Some(transcript), Some(gene)) =
        (attribute(line, "transcript_id"), attribute(line, "gene_id"))
    {
        return Some((transcript, gene));
    }
    let mut cells = line
        .split(['\t', ',', ';', ' '])
        .map(|cell| cell.trim_matches(['"', ' ']))
        .filter(|cell| !cell.is_empty());
    let all: Vec<&str> = cells.by_ref().collect();
    let transcript = all.iter().position(|cell| cell.starts_with("ENST"))?;
    let gene = all.iter().position(|cell| cell.starts_with("ENSG"));
    let gene = gene.or_else(|| (0..all.len()).find(|&at| at != transcript))?;
    Some((all[transcript], all[gene]))
}

/// The value of an attribute of a line of a GTF: `gene_id "ENSG…"`.
fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let start = line.find(&format!("{name} \""))? + name.len() + 2;
    let rest = line.get(start..)?;
    rest.split('"').next()
}

fn without_version(transcript: &str) -> &str {
    transcript.split('.').next().unwrap_or(transcript)
}

/// A source whose transcripts go by the names of their genes; the alignment adds up what has one name.
struct OfTranscripts {
    source: Box<dyn SampleSource>,
    genes: Vec<String>,
    notes: Vec<String>,
}

/// `source` with the gene of each transcript in the place of its name.
///
/// # Errors
/// When no name of the file is a transcript of `genes`, which come from `table`.
pub(crate) fn with_genes(
    source: Box<dyn SampleSource>,
    genes: &TranscriptGenes,
    table: &Path,
) -> Result<Box<dyn SampleSource>> {
    let mut found = 0;
    let names: Vec<String> = source
        .gene_names()
        .iter()
        .map(|name| match genes.gene(name) {
            Some(gene) => {
                found += 1;
                gene.clone()
            }
            None => name.clone(),
        })
        .collect();
    if found == 0 {
        let first = source.gene_names().first().map_or("", String::as_str);
        return Err(Error::format(
            source.path(),
            Place::Whole,
            "no_transcripts",
            format!(
                "has no transcript of {}; its names are like {}: leave --transcript-genes out if these are genes, or \
                 pass the table of the annotation that was quantified against",
                table.display(),
                quoted(first)
            ),
        ));
    }
    let mut notes = source.notes().to_vec();
    notes.push(format!(
        "{found} of {} transcripts added up to their genes by {}",
        names.len(),
        table.display()
    ));
    Ok(Box::new(OfTranscripts {
        source,
        genes: names,
        notes,
    }))
}

impl SampleSource for OfTranscripts {
    fn path(&self) -> &Path {
        self.source.path()
    }

    fn gene_names(&self) -> &[String] {
        &self.genes
    }

    fn gene_symbols(&self) -> Option<&[String]> {
        None
    }

    fn sample_names(&self) -> &[String] {
        self.source.sample_names()
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn next_sample(&mut self) -> Result<Option<RawSample>> {
        self.source.next_sample()
    }

    fn explain(&self, error: Error) -> Error {
        self.source.explain(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_any_form_names_a_transcript_and_its_gene() {
        for line in [
            "ENST00000373020.9\tENSG00000000003.15",
            "ENSG00000000003.15,ENST00000373020.9,TSPAN6",
            "\"1\",\"ENST00000373020.9\",\"ENSG00000000003.15\"",
            "chrX\tHAVANA\ttranscript\t1\t9\t.\t-\t.\tgene_id \"ENSG00000000003.15\"; transcript_id \"ENST00000373020.9\";",
        ] {
            assert_eq!(
                pair(line),
                Some(("ENST00000373020.9", "ENSG00000000003.15")),
                "{line}"
            );
        }
        assert_eq!(
            pair("ENST00000373020\tTSPAN6"),
            Some(("ENST00000373020", "TSPAN6"))
        );
        assert_eq!(pair("TXNAME\tGENEID"), None);
    }
}
