//! The observed effects: per condition and gene the mean over donors and the spread between them.

use std::sync::OnceLock;

use half::f16;
use half::slice::HalfFloatSliceExt;
use refcast_core::{GeneAxis, OntologyId};

use super::entry::{BankEntry, Context, StoredBank};
use super::gene_typicals::GeneTypicals;
use super::knowledge::Way;
use super::steps;
use crate::bundle::{EFFECTS, Tensor, Tensors};
use crate::error::{Error, Result};

/// No effect counts as smaller than this, ln(1 + CPM): below it sizes are error.
pub const LEAST_SIZE: f64 = 0.05;

/// The entity of entries that hold the mean effect of losing one gene or another in some cells.
pub fn any_loss() -> OntologyId {
    OntologyId::Refcast("loss-of-any-gene".to_owned())
}

/// The change of a gene that was itself perturbed, ln(1 + CPM).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OwnChange {
    /// Mean.
    pub mean: f64,
    /// Variance from gene to gene.
    pub variance: f64,
}

/// The tensor of the deviations.
const DEVIATION: &str = "bank.deviation_steps";

/// The bank.
#[derive(Debug, Clone)]
pub struct EffectBank {
    genes: usize,
    rows: StoredBank,
    /// Mean effect, `[entries × genes]`; 0 where the study does not measure the gene.
    mean: Vec<f16>,
    /// Deviation of one sample's effect, `[entries × genes]`, moderated by expression, in
    /// [`steps`].
    deviation: Vec<u8>,
    /// Mean ln(1 + CPM) of the controls, `[contexts × genes]`.
    control: Vec<f16>,
    /// Whether a study measures a gene, `[studies × genes]`.
    measured: Vec<u8>,
    /// Covariance of true effects over expressed genes, `[entries × entries]`.
    signal: Vec<f32>,
    /// Correlation of the errors of two entries, `[entries × entries]`.
    error_correlation: Vec<f32>,
    /// What is typical of each gene, once it was asked for.
    typicals: OnceLock<GeneTypicals>,
}

/// The arrays of a bank, as training makes them; shapes as in [`EffectBank`].
#[derive(Debug, Clone, Default)]
pub struct BankArrays {
    /// `[entries × genes]`.
    pub mean: Vec<f32>,
    /// `[entries × genes]`.
    pub deviation: Vec<f32>,
    /// `[contexts × genes]`.
    pub control: Vec<f32>,
    /// `[studies × genes]`.
    pub measured: Vec<u8>,
    /// `[entries × entries]`.
    pub signal: Vec<f32>,
    /// `[entries × entries]`.
    pub error_correlation: Vec<f32>,
}

impl EffectBank {
    /// A bank from its rows and arrays, stored as a bundle stores them.
    ///
    /// # Errors
    /// Arrays that do not fit the rows.
    pub fn new(genes: usize, rows: StoredBank, arrays: BankArrays) -> Result<Self> {
        let mut tensors = Tensors::default();
        let (entries, contexts, studies) =
            (rows.entries.len(), rows.contexts.len(), rows.studies.len());
        tensors.insert_half("bank.mean", &[entries, genes], arrays.mean);
        let deviation = arrays
            .deviation
            .iter()
            .map(|own| steps::step(*own))
            .collect();
        tensors.insert(DEVIATION, &[entries, genes], Tensor::U8(deviation));
        tensors.insert_half("bank.control", &[contexts, genes], arrays.control);
        tensors.insert(
            "bank.measured",
            &[studies, genes],
            Tensor::U8(arrays.measured),
        );
        tensors.insert(
            "bank.signal",
            &[entries, entries],
            Tensor::F32(arrays.signal),
        );
        let errors = Tensor::F32(arrays.error_correlation);
        tensors.insert("bank.error_correlation", &[entries, entries], errors);
        let text = serde_json::to_vec(&rows)
            .map_err(|problem| Error::bundle(EFFECTS, problem.to_string()))?;
        // Through the bytes, so that the shapes are checked by the one check there is.
        Self::take(&mut Tensors::read(&tensors.write()?)?, genes, &text)
    }

    /// Takes the bank out of a bundle: its tensors and the bytes of `effects.json`.
    ///
    /// # Errors
    /// A tensor or a row that does not fit.
    pub fn take(tensors: &mut Tensors, genes: usize, rows: &[u8]) -> Result<Self> {
        let rows: StoredBank = serde_json::from_slice(rows)
            .map_err(|problem| Error::bundle(EFFECTS, problem.to_string()))?;
        let (entries, contexts, studies) =
            (rows.entries.len(), rows.contexts.len(), rows.studies.len());
        for (position, entry) in rows.entries.iter().enumerate() {
            if entry.study >= studies || entry.context >= contexts || entry.entities.is_empty() {
                let problem = format!(
                    "entry {position} names a study or context that is not there, or no entity"
                );
                return Err(Error::bundle(EFFECTS, problem));
            }
            let parts = [entry.reproducibility, entry.weight];
            let in_range = parts.iter().all(|part| (0.0..=1.0).contains(part));
            if !in_range || entry.error_scale <= 0.0 {
                let problem = format!(
                    "entry {position} has a weight or reproducibility outside 0 to 1, or an error \
                     scale that is not above 0"
                );
                return Err(Error::bundle(EFFECTS, problem));
            }
        }
        if let Some(position) = rows.contexts.iter().position(|row| row.study >= studies) {
            let problem = format!("context {position} names a study that is not there");
            return Err(Error::bundle(EFFECTS, problem));
        }
        let mut control = tensors.take_f16("bank.control", &[contexts, genes])?;
        let measured = tensors.take_u8("bank.measured", &[studies, genes])?;
        for (context, controls) in rows.contexts.iter().zip(control.chunks_mut(genes.max(1))) {
            let measured = &measured[context.study * genes..(context.study + 1) * genes];
            for (control, _) in controls
                .iter_mut()
                .zip(measured)
                .filter(|(_, seen)| **seen == 0)
            {
                *control = f16::ZERO;
            }
        }
        let shape = [entries, genes];
        let deviation = if tensors.contains(DEVIATION) {
            tensors.take_u8(DEVIATION, &shape)?
        } else {
            // A bundle from before they were bytes.
            let halves = tensors.take_f16("bank.deviation", &shape)?;
            halves.iter().map(|own| steps::step(own.to_f32())).collect()
        };
        Ok(Self {
            genes,
            mean: tensors.take_f16("bank.mean", &[entries, genes])?,
            deviation,
            control,
            measured,
            signal: tensors.take_f32("bank.signal", &[entries, entries])?,
            error_correlation: tensors.take_f32("bank.error_correlation", &[entries, entries])?,
            rows,
            typicals: OnceLock::new(),
        })
    }

    /// Puts the arrays among a bundle's tensors and gives the bytes of `effects.json`.
    ///
    /// # Errors
    /// None that a bank can have; the writer of JSON has the type.
    pub fn put(&self, tensors: &mut Tensors) -> Result<Vec<u8>> {
        let (entries, contexts) = (self.rows.entries.len(), self.rows.contexts.len());
        let studies = self.rows.studies.len();
        let half = |values: &Vec<f16>| Tensor::F16(values.clone());
        tensors.insert("bank.mean", &[entries, self.genes], half(&self.mean));
        tensors.insert(
            DEVIATION,
            &[entries, self.genes],
            Tensor::U8(self.deviation.clone()),
        );
        tensors.insert("bank.control", &[contexts, self.genes], half(&self.control));
        tensors.insert(
            "bank.measured",
            &[studies, self.genes],
            Tensor::U8(self.measured.clone()),
        );
        tensors.insert(
            "bank.signal",
            &[entries, entries],
            Tensor::F32(self.signal.clone()),
        );
        let errors = Tensor::F32(self.error_correlation.clone());
        tensors.insert("bank.error_correlation", &[entries, entries], errors);
        let mut text = serde_json::to_vec_pretty(&self.rows)
            .map_err(|problem| Error::bundle(EFFECTS, problem.to_string()))?;
        text.push(b'\n');
        Ok(text)
    }

    /// Genes on the axis.
    pub fn genes(&self) -> usize {
        self.genes
    }

    /// The conditions.
    pub fn entries(&self) -> &[BankEntry] {
        &self.rows.entries
    }

    /// The contexts.
    pub fn contexts(&self) -> &[Context] {
        &self.rows.contexts
    }

    /// The names of the studies.
    pub fn studies(&self) -> &[String] {
        &self.rows.studies
    }

    /// The mean effect of an entry on a gene; `None` if its study does not measure the gene.
    pub fn mean(&self, entry: usize, gene: usize) -> Option<f64> {
        self.measures(entry, gene)
            .then(|| f64::from(self.mean[entry * self.genes + gene].to_f32()))
    }

    /// The deviation of one sample's effect about the mean; meaningful where the gene is measured.
    pub fn deviation(&self, entry: usize, gene: usize) -> f64 {
        f64::from(steps::deviation(self.deviation[entry * self.genes + gene]))
    }

    /// Whether the study of an entry measures a gene.
    pub fn measures(&self, entry: usize, gene: usize) -> bool {
        self.study_measures(self.rows.entries[entry].study, gene)
    }

    /// Whether a study measures a gene.
    pub fn study_measures(&self, study: usize, gene: usize) -> bool {
        self.measured[study * self.genes + gene] != 0
    }

    /// Mean ln(1 + CPM) of the controls of a context; `None` if its study does not measure the gene.
    pub fn control(&self, context: usize, gene: usize) -> Option<f64> {
        self.study_measures(self.rows.contexts[context].study, gene)
            .then(|| f64::from(self.control[context * self.genes + gene].to_f32()))
    }

    /// Whether an entry is the footprint of a pathway rather than an effect in cells.
    pub fn is_footprint(&self, entry: usize) -> bool {
        self.rows.contexts[self.rows.entries[entry].context].footprint
    }

    /// Whether an entry is the mean over lost genes.
    pub fn is_any_loss(&self, entry: usize) -> bool {
        self.rows.entries[entry].entities.as_slice() == [any_loss()]
    }

    /// The size of an entry's true effects: their root mean square over expressed genes,
    /// ln(1 + CPM), not below [`LEAST_SIZE`].
    pub fn size(&self, entry: usize) -> f64 {
        self.signal(entry, entry).max(0.0).sqrt().max(LEAST_SIZE)
    }

    /// What a way of perturbing single genes does to the gene itself, over the entries where it was
    /// expressed; `None` where there is none.
    pub fn own_change(&self, way: Way, axis: &GeneAxis) -> Option<OwnChange> {
        let changes: Vec<f64> = self
            .rows
            .entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| Way::of(entry.kind) == way)
            .filter_map(|(at, entry)| {
                let [OntologyId::Gene(gene)] = entry.entities.as_slice() else {
                    return None;
                };
                let place = axis.index_of(*gene)?.as_usize();
                let level = self.control(entry.context, place)?;
                (level > self.rows.expressed)
                    .then(|| self.mean(at, place))
                    .flatten()
            })
            .collect();
        if way == Way::Agent || changes.len() < 2 {
            return None;
        }
        let n = changes.len() as f64;
        let mean = changes.iter().sum::<f64>() / n;
        let squares: f64 = changes.iter().map(|change| (change - mean).powi(2)).sum();
        Some(OwnChange {
            mean,
            variance: squares / (n - 1.0),
        })
    }

    /// Whether some of it was measured on pools of cells: what is asked of it then is a cell's.
    pub(super) fn is_of_cells(&self) -> bool {
        self.rows.entries.iter().any(|entry| entry.cells)
    }

    /// The level of the controls from which on a gene counts as expressed.
    pub(super) fn expressed(&self) -> f64 {
        self.rows.expressed
    }

    /// Mean of ln size over the effects seen in cells: what is expected where nothing is known.
    pub fn typical_log_size(&self) -> f64 {
        let sizes: Vec<f64> = (0..self.rows.entries.len())
            .filter(|&entry| !self.is_footprint(entry))
            .map(|entry| libm::log(self.size(entry)))
            .collect();
        if sizes.is_empty() {
            libm::log(LEAST_SIZE)
        } else {
            sizes.iter().sum::<f64>() / sizes.len() as f64
        }
    }

    /// Mean square of the effects seen in cells on a gene, less their error: what an effect of
    /// which nothing is known may be.
    pub fn typical_variance(&self, gene: usize) -> f64 {
        self.typicals().effect[gene]
    }

    /// Variance of a matched pair in the bank as a whole: the geometric mean over its conditions
    /// that have replicates, as laboratories differ tenfold; `None` where no condition has any.
    pub fn pair_variance(&self, gene: usize) -> Option<f64> {
        let variance = self.typicals().pair[gene];
        (variance > 0.0).then_some(variance)
    }

    /// The lowest and the highest change of a gene that an answer may hold: what was measured of the
    /// gene itself under any condition, or what one change in a thousand of any gene exceeds.
    pub fn reach(&self, gene: usize) -> (f64, f64) {
        let typicals = self.typicals();
        let (lowest, highest) = typicals.extremes[gene];
        (lowest.min(-typicals.rare), highest.max(typicals.rare))
    }

    fn typicals(&self) -> &GeneTypicals {
        self.typicals.get_or_init(|| GeneTypicals::of(self))
    }

    /// Row `row` of half-precision numbers `[rows × genes]`, in single precision.
    fn widen(&self, values: &[f16], row: usize, wide: &mut [f32]) {
        values[row * self.genes..(row + 1) * self.genes].convert_to_f32_slice(wide);
    }

    /// [`mean`](Self::mean) of every gene, into `means` `[genes]`; meaningful where the gene is
    /// measured.
    pub fn read_means(&self, entry: usize, means: &mut [f32]) {
        self.widen(&self.mean, entry, means);
    }

    /// [`deviation`](Self::deviation) of every gene, into `deviations` `[genes]`.
    pub fn read_deviations(&self, entry: usize, deviations: &mut [f32]) {
        let own = &self.deviation[entry * self.genes..(entry + 1) * self.genes];
        for (deviation, step) in deviations.iter_mut().zip(own) {
            *deviation = steps::deviation(*step);
        }
    }

    /// Mean ln(1 + CPM) of the controls of a context, `[genes]`; 0 where its study does not measure
    /// the gene.
    pub fn controls(&self, context: usize) -> &[f16] {
        &self.control[context * self.genes..(context + 1) * self.genes]
    }

    /// The same in single precision, into `controls` `[genes]`.
    pub fn read_controls(&self, context: usize, controls: &mut [f32]) {
        self.widen(&self.control, context, controls);
    }

    /// Whether a study measures each gene, `[genes]`; 0 where it does not.
    pub fn measured_by(&self, study: usize) -> &[u8] {
        &self.measured[study * self.genes..(study + 1) * self.genes]
    }

    /// Covariance of the true effects of two entries, per expressed gene.
    pub fn signal(&self, one: usize, other: usize) -> f64 {
        f64::from(self.signal[one * self.rows.entries.len() + other])
    }

    /// Correlation of the true effects of two entries, −1 to 1.
    pub fn likeness(&self, one: usize, other: usize) -> f64 {
        let size = self.signal(one, one) * self.signal(other, other);
        if size > 0.0 {
            (self.signal(one, other) / size.sqrt()).clamp(-1.0, 1.0)
        } else {
            0.0
        }
    }

    /// Correlation of the errors of two entries: they may share donors and controls.
    pub fn error_correlation(&self, one: usize, other: usize) -> f64 {
        f64::from(self.error_correlation[one * self.rows.entries.len() + other])
    }
}
