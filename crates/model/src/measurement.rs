//! How a model's samples come to their counts.

use refcast_core::Modality;

use crate::bundle::Tensors;
use crate::cells::CellModel;
use crate::error::Result;
use crate::noise::ObservationModel;

/// The observation model, by what a sample is of.
#[derive(Debug, Clone)]
pub enum Measurement {
    /// Reads of many cells.
    Bulk(ObservationModel),
    /// Molecules of one cell.
    Cells(CellModel),
}

impl Measurement {
    /// Takes the model out of a bundle's tensors.
    ///
    /// # Errors
    /// A tensor that is missing or has another shape.
    pub fn take(
        tensors: &mut Tensors,
        modality: Modality,
        genes: usize,
        studies: usize,
    ) -> Result<Self> {
        Ok(match modality {
            Modality::Bulk => Self::Bulk(ObservationModel::take(tensors, genes, studies)?),
            Modality::SingleCell => Self::Cells(CellModel::take(tensors, genes)?),
        })
    }

    /// Puts the model among a bundle's tensors.
    pub fn put(&self, tensors: &mut Tensors) {
        match self {
            Self::Bulk(noise) => noise.put(tensors),
            Self::Cells(cells) => cells.put(tensors),
        }
    }

    /// What a sample is of.
    pub fn modality(&self) -> Modality {
        match self {
            Self::Bulk(_) => Modality::Bulk,
            Self::Cells(_) => Modality::SingleCell,
        }
    }

    /// The reads of bulk samples, if it is of such.
    pub fn bulk(&self) -> Option<&ObservationModel> {
        match self {
            Self::Bulk(noise) => Some(noise),
            Self::Cells(_) => None,
        }
    }

    /// The counts of cells, if it is of such.
    pub fn cells(&self) -> Option<&CellModel> {
        match self {
            Self::Cells(cells) => Some(cells),
            Self::Bulk(_) => None,
        }
    }
}
