//! What gene a name means.

use std::collections::HashMap;

use refcast_core::{GeneAxis, GeneId, GeneIndex};
use serde::Serialize;

use super::names::{GeneNames, NameTable};
use super::spreadsheet::symbols_before;
use super::written::{NameForm, human_prefix, is_of_another_species, is_suffix, mangled, parts};

/// What a name means on an axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GeneResolution {
    /// An Ensembl id of the axis.
    Id(GeneIndex),
    /// An approved symbol of a gene of the axis.
    Symbol(GeneIndex),
    /// A former symbol of a gene of the axis.
    Former(GeneIndex),
    /// An alias of a gene of the axis.
    Alias(GeneIndex),
    /// A name of a gene of the axis that a program rewrote.
    Restored(GeneIndex, Rewriting),
    /// A name of several genes, at least one of them on the axis.
    Ambiguous(Vec<GeneId>, Option<Rewriting>),
    /// No gene of the axis.
    Unmatched(Unmatched),
    /// A line that counting programs add to sum up what they did not count.
    Summary,
}

/// How a program or spreadsheet rewrote the name of a gene.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rewriting {
    /// A prefix such as `GRCh38_` or `gene:`.
    Prefix,
    /// Symbol and id in one: `TSPAN6|7105`.
    Joined,
    /// Characters that R does not allow in names: `HLA.A`, `X5S_rRNA`.
    Mangled,
    /// A date: `2-Sep`.
    Date,
    /// A number that makes names unique: `TBCE.1`, `TBCE-1`.
    MadeUnique,
}

/// Why a name is no gene of the axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unmatched {
    /// A human gene that the axis does not have.
    NotOnAxis,
    /// A gene of another species.
    OtherSpecies,
    /// A number, which is no name of a gene here.
    Number,
    /// A name that is not known.
    Unknown,
}

impl GeneResolution {
    /// The same of a name that a program rewrote; an id stays one.
    fn rewritten(self, how: Rewriting) -> Self {
        match self {
            Self::Symbol(index) | Self::Former(index) | Self::Alias(index) => {
                Self::Restored(index, how)
            }
            Self::Restored(index, _) => Self::Restored(index, how),
            Self::Ambiguous(ids, _) => Self::Ambiguous(ids, Some(how)),
            other => other,
        }
    }
}

/// Finds genes of an axis by Ensembl id, symbol, or alias.
#[derive(Debug, Clone)]
pub struct GeneResolver {
    axis: GeneAxis,
    symbols: NameTable,
    former: NameTable,
    aliases: NameTable,
    entrez: NameTable,
    /// Symbols as R writes them, of those that it changes.
    mangled: HashMap<String, Vec<GeneId>>,
}

impl GeneResolver {
    /// A resolver onto `axis`, whose own symbols count as approved beside those of `names`.
    pub fn new(axis: GeneAxis, names: GeneNames) -> Self {
        let own = axis
            .genes()
            .iter()
            .map(|gene| (gene.symbol.clone(), gene.id));
        let mut symbols = NameTable::new(own.chain(names.symbols));
        // Some programs write C1orf112 as C1ORF112. No further folding of case: the symbols of
        // the mouse differ from the human ones by nothing else.
        let capitals: Vec<(String, Vec<GeneId>)> = symbols
            .iter()
            .map(|(symbol, ids)| (symbol.to_uppercase(), ids.to_vec()))
            .filter(|(capital, _)| symbols.get(capital).is_none())
            .collect();
        for (capital, ids) in capitals {
            for id in ids {
                symbols.add(capital.clone(), id);
            }
        }
        let former = NameTable::new(names.former);
        let mut changed: HashMap<String, Vec<GeneId>> = HashMap::new();
        for table in [&symbols, &former] {
            let mut rewritten: HashMap<String, Vec<GeneId>> = HashMap::new();
            for (name, ids) in table.iter() {
                for form in mangled(name) {
                    rewritten.entry(form).or_default().extend_from_slice(ids);
                }
            }
            for (form, mut ids) in rewritten {
                ids.sort_unstable();
                ids.dedup();
                // An approved symbol that R writes so wins over a former one.
                changed.entry(form).or_insert(ids);
            }
        }
        Self {
            axis,
            symbols,
            former,
            aliases: NameTable::new(names.aliases),
            entrez: NameTable::new(names.entrez),
            mangled: changed,
        }
    }

    /// The axis resolved onto.
    pub fn axis(&self) -> &GeneAxis {
        &self.axis
    }

    /// What `name` means. An Ensembl id may carry a version, `_PAR_Y` (the same gene on the other
    /// sex chromosome) or more beside it (`ENSG00000141510.12|TP53`). An approved symbol wins over
    /// a former one of another gene, and that over an alias. What programs and spreadsheets make of
    /// names is undone where that leaves one gene.
    pub fn resolve(&self, name: &str) -> GeneResolution {
        let name = name.trim();
        if is_summary(name) {
            return GeneResolution::Summary;
        }
        if is_of_another_species(name) {
            return GeneResolution::Unmatched(Unmatched::OtherSpecies);
        }
        let plain = self.as_written(name);
        match plain {
            GeneResolution::Unmatched(_) => {}
            // `NKX6.1` is an alias of some gene and what R makes of the symbol `NKX6-1`.
            GeneResolution::Alias(_) => return self.of_mangled(name).unwrap_or(plain),
            found => return found,
        }
        if plain == GeneResolution::Unmatched(Unmatched::Number) {
            return plain;
        }
        if let Some(rest) = human_prefix(name) {
            let found = match self.as_written(rest) {
                GeneResolution::Unmatched(Unmatched::Unknown) => self.of_mangled(rest),
                found => Some(found),
            };
            if let Some(found) = found {
                return found.rewritten(Rewriting::Prefix);
            }
        }
        self.of_parts(name)
            .or_else(|| self.of_mangled(name))
            .or_else(|| self.of_date(name))
            .unwrap_or(plain)
    }

    /// What `name` means if it is the repetition of another that `make.unique` or
    /// `var_names_make_unique` told apart by a number: `TBCE.1`, where `has` says that the file has
    /// the names before it.
    pub fn resolve_repeated(
        &self,
        name: &str,
        has: impl Fn(&str) -> bool,
    ) -> Option<GeneResolution> {
        let (base, number) = is_suffix(name.trim())?;
        let joint = name.trim().as_bytes().get(base.len()).copied()?;
        let before = match number {
            1 => base.to_owned(),
            number => format!("{base}{}{}", char::from(joint), number - 1),
        };
        if !has(base) || !has(&before) {
            return None;
        }
        match self.resolve(base) {
            GeneResolution::Id(index)
            | GeneResolution::Symbol(index)
            | GeneResolution::Former(index)
            | GeneResolution::Alias(index)
            | GeneResolution::Restored(index, _) => {
                Some(GeneResolution::Restored(index, Rewriting::MadeUnique))
            }
            _ => None,
        }
    }

    /// What a number means among names that are symbols: a spreadsheet counts days from 1900, and
    /// shows a date that it made of a symbol as such a number.
    pub fn resolve_serial(&self, name: &str) -> Option<GeneResolution> {
        self.of_date(name)
    }

    /// The gene whose number at NCBI `name` is, in a file whose names are such numbers.
    pub fn resolve_entrez(&self, name: &str) -> GeneResolution {
        self.entrez
            .get(name.trim())
            .map_or(GeneResolution::Unmatched(Unmatched::Number), |ids| {
                self.among(ids, GeneResolution::Id)
            })
    }

    /// Whether `names` are numbers of genes at NCBI: most are, most of those are known, and they do
    /// not count the rows.
    pub fn are_entrez(&self, names: &[String]) -> bool {
        let numbers: Vec<u64> = names
            .iter()
            .filter_map(|name| name.trim().parse().ok())
            .collect();
        let known = names
            .iter()
            .filter(|name| self.entrez.get(name.trim()).is_some());
        // Row numbers, of which a filter may have left out some, ascend and are hardly more than the rows.
        let largest = numbers.iter().copied().max().unwrap_or(0);
        let ascend = numbers.windows(2).all(|pair| pair[0] < pair[1]);
        let count_rows = ascend && largest < 10 * numbers.len() as u64;
        !numbers.is_empty()
            && numbers.len() * 10 > names.len() * 9
            && known.count() * 2 > numbers.len()
            && !count_rows
    }

    /// A name that no program rewrote.
    fn as_written(&self, name: &str) -> GeneResolution {
        let mut retired = false;
        match NameForm::of(name) {
            NameForm::Ids(ids) => match ids.as_slice() {
                [id] => match self.axis.index_of(*id) {
                    Some(index) => return GeneResolution::Id(index),
                    None => retired = true,
                },
                ids => {
                    let on_axis = ids.iter().any(|&id| self.axis.index_of(id).is_some());
                    return if on_axis {
                        GeneResolution::Ambiguous(ids.to_vec(), None)
                    } else {
                        GeneResolution::Unmatched(Unmatched::NotOnAxis)
                    };
                }
            },
            // Many numbers are aliases of some gene; in a table they are row numbers or ids.
            NameForm::Number => return GeneResolution::Unmatched(Unmatched::Number),
            NameForm::Name => {}
        }
        if let Some(ids) = self.symbols.get(name) {
            return self.among(ids, GeneResolution::Symbol);
        }
        if let Some(ids) = self.former.get(name) {
            return self.one_of(ids, GeneResolution::Former);
        }
        if let Some(ids) = self.aliases.get(name) {
            return self.one_of(ids, GeneResolution::Alias);
        }
        GeneResolution::Unmatched(if retired {
            Unmatched::NotOnAxis
        } else {
            Unmatched::Unknown
        })
    }

    /// What the parts of a joined name stand for together.
    fn of_parts(&self, name: &str) -> Option<GeneResolution> {
        let mut genes: Vec<GeneIndex> = Vec::new();
        let mut known = false;
        for part in parts(name) {
            match self.as_written(part) {
                GeneResolution::Id(index)
                | GeneResolution::Symbol(index)
                | GeneResolution::Former(index)
                | GeneResolution::Alias(index) => genes.push(index),
                GeneResolution::Unmatched(Unmatched::NotOnAxis) => known = true,
                _ => {}
            }
        }
        genes.sort_unstable();
        genes.dedup();
        match genes.as_slice() {
            [] => known.then_some(GeneResolution::Unmatched(Unmatched::NotOnAxis)),
            [index] => Some(GeneResolution::Restored(*index, Rewriting::Joined)),
            several => {
                let axis = self.axis.genes();
                let ids = several.iter().map(|index| axis[index.as_usize()].id);
                Some(GeneResolution::Ambiguous(
                    ids.collect(),
                    Some(Rewriting::Joined),
                ))
            }
        }
    }

    /// What a name stands for that R or another program may have written.
    fn of_mangled(&self, name: &str) -> Option<GeneResolution> {
        let ids = self.mangled.get(name)?;
        Some(
            self.among(ids, GeneResolution::Symbol)
                .rewritten(Rewriting::Mangled),
        )
    }

    /// What a date stands for: symbols that were approved once come before other names.
    fn of_date(&self, name: &str) -> Option<GeneResolution> {
        let symbols = symbols_before(name);
        let in_table = |table: &NameTable| -> Vec<GeneId> {
            let mut ids: Vec<GeneId> = symbols
                .iter()
                .filter_map(|symbol| table.get(symbol))
                .flatten()
                .copied()
                .collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        let ids = [&self.symbols, &self.former, &self.aliases]
            .into_iter()
            .map(in_table)
            .find(|ids| !ids.is_empty())?;
        Some(
            self.one_of(&ids, GeneResolution::Former)
                .rewritten(Rewriting::Date),
        )
    }

    /// A symbol may belong to several ids of one gene, of which the axis has usually one.
    fn among(&self, ids: &[GeneId], found: fn(GeneIndex) -> GeneResolution) -> GeneResolution {
        let mut on_axis = ids.iter().filter_map(|&id| self.axis.index_of(id));
        match (on_axis.next(), on_axis.next()) {
            (None, _) => GeneResolution::Unmatched(Unmatched::NotOnAxis),
            (Some(index), None) => found(index),
            (Some(_), Some(_)) => GeneResolution::Ambiguous(ids.to_vec(), None),
        }
    }

    /// Which of several genes a file means by a name of all of them cannot be known, whatever the
    /// axis has of them.
    fn one_of(&self, ids: &[GeneId], found: fn(GeneIndex) -> GeneResolution) -> GeneResolution {
        let on_axis = |id: &GeneId| self.axis.index_of(*id);
        match ids {
            [id] => on_axis(id).map_or(GeneResolution::Unmatched(Unmatched::NotOnAxis), found),
            ids if ids.iter().any(|id| on_axis(id).is_some()) => {
                GeneResolution::Ambiguous(ids.to_vec(), None)
            }
            _ => GeneResolution::Unmatched(Unmatched::NotOnAxis),
        }
    }
}

/// HTSeq writes `__no_feature` and its like; STAR writes the four below.
pub(crate) fn is_summary(name: &str) -> bool {
    name.starts_with("__")
        || matches!(
            name,
            "N_unmapped" | "N_multimapping" | "N_noFeature" | "N_ambiguous"
        )
}
