//! The samples that a model was trained on, by id: their latents, and what they are.

use half::f16;
use refcast_core::nearest::nearest;
use refcast_core::{Fault, quoted};

use crate::bundle::{LatentSizes, Tensor, Tensors};
use crate::error::{Error, Result};
use crate::vocabulary::{AcceptedValue, packed, unpacked};

/// The table of the samples: id, study, library size, description; a line each, sorted by id.
pub const SAMPLES: &str = "samples.tsv.gz";
/// Their latents.
pub const SAMPLE_LATENTS: &str = "samples.safetensors";
/// What the ids are called where fields are named.
pub const SAMPLE_FIELD: &str = "sample_id";

/// The tensor in [`SAMPLE_LATENTS`].
const LATENTS: &str = "samples.latents";
/// Ids that are proposed for one that is not known.
const NEAREST: usize = 3;

/// One sample of the training data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingSample {
    /// Its id, as its study publishes it; with the study before it where two studies have it.
    pub id: String,
    /// The study, by its folder in the corpus.
    pub study: String,
    /// Its counts over the genes of the model.
    pub library_size: u64,
    /// Its cells and what was done to them, in words.
    pub description: String,
}

/// Samples with the means of the posteriors of their latents.
#[derive(Debug, Clone)]
pub struct TrainingSamples {
    samples: Vec<TrainingSample>,
    /// `[samples × latents]`
    latents: Vec<f16>,
}

impl TrainingSamples {
    /// Of samples with their latents, `[samples][latents]`.
    pub fn new(samples: impl IntoIterator<Item = (TrainingSample, Vec<f64>)>) -> Self {
        let mut both: Vec<_> = samples.into_iter().collect();
        both.sort_by(|a, b| a.0.id.cmp(&b.0.id));
        let latents = both.iter().flat_map(|(_, latents)| latents);
        Self {
            latents: latents.map(|latent| f16::from_f64(*latent)).collect(),
            samples: both.into_iter().map(|(sample, _)| sample).collect(),
        }
    }

    /// Reads the two files of a bundle.
    ///
    /// # Errors
    /// A line that does not parse, an id that is there twice, or latents of another number or size.
    pub fn read(table: &[u8], latents: &[u8], sizes: LatentSizes) -> Result<Self> {
        let damaged = |problem: String| Error::bundle(SAMPLES, problem);
        let text = unpacked(table).map_err(|problem| damaged(problem.to_string()))?;
        let mut samples: Vec<TrainingSample> = Vec::new();
        for line in text.lines() {
            let sample = parse(line)
                .ok_or_else(|| damaged(format!("line {} does not parse", samples.len() + 1)))?;
            if samples.last().is_some_and(|last| last.id >= sample.id) {
                return Err(damaged(format!("{:?} is out of order", sample.id)));
            }
            samples.push(sample);
        }
        let shape = [samples.len(), sizes.total()];
        let mut tensors = Tensors::read_file(SAMPLE_LATENTS, latents)?;
        let latents = tensors.take_f16(LATENTS, &shape)?;
        Ok(Self { samples, latents })
    }

    /// The two files of a bundle, by name.
    ///
    /// # Errors
    /// None that samples have.
    pub fn write(&self) -> Result<[(&'static str, Vec<u8>); 2]> {
        let lines: Vec<String> = self.samples.iter().map(line).collect();
        let table =
            packed(&lines).map_err(|problem| Error::bundle(SAMPLES, problem.to_string()))?;
        let width = self.latents.len() / self.samples.len().max(1);
        let mut tensors = Tensors::new(SAMPLE_LATENTS);
        let shape = [self.samples.len(), width];
        tensors.insert(LATENTS, &shape, Tensor::F16(self.latents.clone()));
        Ok([(SAMPLES, table), (SAMPLE_LATENTS, tensors.write()?)])
    }

    /// The samples, sorted by id.
    pub fn samples(&self) -> &[TrainingSample] {
        &self.samples
    }

    /// The latents of the sample at a place among [`samples`](Self::samples), `[latents]`.
    pub fn latents_of(&self, at: usize) -> Vec<f64> {
        let width = self.latents.len() / self.samples.len();
        let own = &self.latents[at * width..(at + 1) * width];
        own.iter().map(|latent| latent.to_f64()).collect()
    }

    /// Where the sample of an id is; spaces about it and the case of its letters do not matter.
    ///
    /// # Errors
    /// A fault at [`SAMPLE_FIELD`], with the nearest ids, for one that is not known.
    pub fn find(&self, id: &str) -> std::result::Result<usize, Fault> {
        let id = id.trim();
        let exact = self
            .samples
            .binary_search_by(|known| known.id.as_str().cmp(id));
        if let Ok(at) = exact {
            return Ok(at);
        }
        let mut alike =
            (0..self.samples.len()).filter(|at| self.samples[*at].id.eq_ignore_ascii_case(id));
        if let (Some(at), None) = (alike.next(), alike.next()) {
            return Ok(at);
        }
        let ids = self.samples.iter().map(|sample| sample.id.as_str());
        let near = nearest(id, ids, NEAREST);
        let message = format!(
            "{} is none of the {} samples of training: search them by id, study, cells or treatment \
             (GET …/vocab?field={SAMPLE_FIELD}&search=)",
            quoted(id),
            self.samples.len()
        );
        Err(Fault::new(SAMPLE_FIELD, "unknown_sample", message).with_nearest(near))
    }

    /// The samples whose id, study or description contains every word of a text, whatever the case.
    pub fn search(&self, text: &str) -> Vec<AcceptedValue> {
        let text = text.to_lowercase();
        let words: Vec<&str> = text.split_whitespace().collect();
        let found = self.samples.iter().filter(|sample| {
            let own = line(sample).to_lowercase();
            words.iter().all(|word| own.contains(word))
        });
        found
            .map(|sample| AcceptedValue {
                field: SAMPLE_FIELD.to_owned(),
                value: sample.id.clone(),
                label: format!("{} ({})", sample.description, sample.study),
                synonyms: Vec::new(),
                kind: None,
                samples: 1,
                studies: 1,
            })
            .collect()
    }
}

fn line(sample: &TrainingSample) -> String {
    let TrainingSample {
        id,
        study,
        library_size,
        description,
    } = sample;
    format!("{id}\t{study}\t{library_size}\t{description}")
}

fn parse(line: &str) -> Option<TrainingSample> {
    let mut cells = line.split('\t');
    let sample = TrainingSample {
        id: cells.next().filter(|id| !id.is_empty())?.to_owned(),
        study: cells.next()?.to_owned(),
        library_size: cells.next()?.parse().ok().filter(|size| *size > 0)?,
        description: cells.next()?.to_owned(),
    };
    cells.next().is_none().then_some(sample)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: LatentSizes = LatentSizes {
        technical: 1,
        biological: 1,
        perturbation: 0,
    };

    fn sample(id: &str, description: &str) -> TrainingSample {
        TrainingSample {
            id: id.to_owned(),
            study: "GTEx".to_owned(),
            library_size: 1_000_000,
            description: description.to_owned(),
        }
    }

    fn three() -> TrainingSamples {
        TrainingSamples::new([
            (sample("SRR2", "liver, male"), vec![2.0, -0.5]),
            (sample("GTEX-a", "Skin, female"), vec![1.0, 0.25]),
            (sample("SRR10", "A549, dexamethasone"), vec![3.0, 0.0]),
        ])
    }

    #[test]
    fn what_was_written_is_read_with_each_sample_at_its_own_latents() {
        let [(_, table), (_, latents)] = three().write().expect("writes");
        let read = TrainingSamples::read(&table, &latents, SIZES).expect("reads");
        assert_eq!(read.samples(), three().samples());
        let at = read.find("SRR2").expect("a sample");
        assert_eq!(read.latents_of(at), [2.0, -0.5]);
        let at = read.find(" gtex-A ").expect("a sample");
        assert_eq!(read.latents_of(at), [1.0, 0.25]);
    }

    #[test]
    fn an_id_that_is_not_known_is_refused_with_the_nearest() {
        let fault = three().find("SRR11").expect_err("not there");
        assert_eq!(fault.path, "sample_id");
        assert_eq!(fault.nearest[0], "SRR10");
        let long = "x".repeat(1_000_000);
        let fault = three().find(&long).expect_err("not there");
        assert!(fault.message.len() < 500, "{fault:?}");
    }

    #[test]
    fn samples_are_found_by_words_of_their_description_and_study() {
        let found = |text: &str| -> Vec<String> {
            let entries = three().search(text).into_iter();
            entries.map(|entry| entry.value).collect()
        };
        assert_eq!(found("skin gtex"), ["GTEX-a"]);
        assert_eq!(found("srr"), ["SRR10", "SRR2"]);
        assert_eq!(found("").len(), 3);
        assert!(found("kidney").is_empty());
    }

    #[test]
    fn files_that_do_not_belong_together_are_refused() {
        let [(_, table), (_, latents)] = three().write().expect("writes");
        let two = TrainingSamples::new([(sample("a", ""), vec![0.0, 0.0])]);
        let [(_, other), _] = two.write().expect("writes");
        assert!(TrainingSamples::read(&other, &latents, SIZES).is_err());
        let wider = LatentSizes {
            perturbation: 3,
            ..SIZES
        };
        assert!(TrainingSamples::read(&table, &latents, wider).is_err());
        let lines = ["a\ts\t1\tx".to_owned(), "a\ts\t1\ty".to_owned()];
        let twice = packed(&lines).expect("memory");
        let error = TrainingSamples::read(&twice, &latents, SIZES).expect_err("twice");
        assert!(error.to_string().contains("out of order"), "{error}");
    }
}
