//! How programs name the files of a matrix. To read what another program writes, add its names here.

/// A list of genes or cells by how its name ends.
pub(super) struct NamedList {
    pub(super) ending: &'static str,
    /// Whether programs that name it so have cells in the rows of the matrix.
    pub(super) cells_in_rows: bool,
}

const fn genes_first(ending: &'static str) -> NamedList {
    NamedList {
        ending,
        cells_in_rows: false,
    }
}

const fn cells_first(ending: &'static str) -> NamedList {
    NamedList {
        ending,
        cells_in_rows: true,
    }
}

/// Lists of genes; the first ending that a name has counts, and of several lists the first is taken.
pub(super) const GENES: &[NamedList] = &[
    // Cell Ranger from version 3 on and before it, STARsolo, BD Rhapsody, DNBelab, and Curio's Seeker.
    genes_first("features.tsv"),
    genes_first("genes.tsv"),
    // Parse: split-pipe, all genes of the reference; before version 1.1 `genes.csv` too.
    cells_first("all_genes.csv"),
    // kallisto|bustools: `kb count`.
    cells_first(".genes.txt"),
    // alevin and alevin-fry.
    cells_first("quants_mat_cols.txt"),
    cells_first("genes.csv"),
    genes_first("feature.tsv"),
    genes_first("gene.tsv"),
    genes_first("features.txt"),
    genes_first("genes.txt"),
    genes_first("features.csv"),
    genes_first("gene_names.txt"),
    genes_first("gene_names.tsv"),
    genes_first("gene_names.csv"),
    genes_first("gene_annotations.tsv"),
    // The Single Cell Expression Atlas of the EBI.
    genes_first("mtx_rows"),
    // Parts of a Seurat object or an AnnData, written by hand.
    genes_first("rownames.txt"),
    genes_first("rownames.csv"),
    genes_first("rownames.tsv"),
    cells_first("var_names.csv"),
    cells_first("var_names.txt"),
    cells_first("var.csv"),
    cells_first("var.tsv"),
    genes_first("gene_annotation.csv"),
];

/// Lists of cells; where several are there, the first is taken.
pub(super) const CELLS: &[NamedList] = &[
    genes_first("barcodes.tsv"),
    cells_first("cell_metadata.csv"),
    cells_first(".barcodes.txt"),
    cells_first("quants_mat_rows.txt"),
    genes_first("barcode.tsv"),
    genes_first("barcodes.txt"),
    genes_first("barcodes.csv"),
    genes_first("cells.tsv"),
    genes_first("cells.txt"),
    genes_first("cells.csv"),
    genes_first("cell_names.txt"),
    genes_first("cell_barcodes.tsv"),
    genes_first("cell_annotations.tsv"),
    genes_first("mtx_cols"),
    genes_first("colnames.txt"),
    genes_first("colnames.csv"),
    genes_first("colnames.tsv"),
    cells_first("obs_names.csv"),
    cells_first("obs_names.txt"),
    cells_first("obs.csv"),
    cells_first("obs.tsv"),
    genes_first("cell_metadata.tsv"),
];

/// Whether a matrix holds the counts, or a part of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MarketContent {
    /// All counts.
    Whole,
    /// Those of some of the molecules, or an estimate of STARsolo beside its counts.
    Part,
}

/// What a matrix holds, by its name without `.mtx`: STARsolo's Velocyto and `kb count` keep spliced
/// and unspliced molecules apart, and STARsolo puts estimates beside its counts.
pub(super) fn content_of(stem: &str) -> MarketContent {
    let last = stem.rsplit(['.', '/']).next().unwrap_or(stem);
    let apart = ["spliced", "unspliced", "ambiguous", "mature", "nascent"];
    if apart.contains(&last) || last.starts_with("UniqueAndMult") {
        MarketContent::Part
    } else {
        MarketContent::Whole
    }
}
