//! Terms above the values of a field: of what is told, as much as is sure.

use std::collections::BTreeMap;

use crate::terms::Terms;

/// The part of the probability that a term must hold.
pub const SURE: f64 = 0.9;

/// The values of a field and every term above them.
#[derive(Debug)]
pub struct Broader {
    /// The narrowest first.
    terms: Vec<Above>,
}

#[derive(Debug)]
struct Above {
    term: String,
    /// Places of the values that it is or stands above.
    values: Vec<usize>,
}

impl Broader {
    /// Of the values of a field. A value that is no term has none above it.
    pub fn new(terms: &Terms, values: &[String]) -> Self {
        let mut above: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, value) in values.iter().enumerate() {
            for term in terms.ancestors(value).into_keys() {
                above.entry(term).or_default().push(at);
            }
        }
        let mut found: Vec<(usize, Above)> = above
            .into_iter()
            .map(|(term, values)| (terms.ancestors(&term).len(), Above { term, values }))
            .collect();
        // Of terms above the same values the one that lies deepest says most.
        found.sort_by(|(depth, a), (other, b)| {
            let fewer = a.values.len().cmp(&b.values.len());
            fewer.then(other.cmp(depth)).then(a.term.cmp(&b.term))
        });
        Self {
            terms: found.into_iter().map(|(_, above)| above).collect(),
        }
    }

    /// The narrowest term that holds [`SURE`] of the probabilities `[values]`, and what it holds.
    pub fn narrowest(&self, probabilities: &[f64]) -> Option<(&str, f64)> {
        self.terms.iter().find_map(|above| {
            let held: f64 = above.values.iter().map(|at| probabilities[*at]).sum();
            (held >= SURE).then_some((above.term.as_str(), held))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broader() -> Broader {
        let terms = Terms::from_lines(
            &[
                "CL:0\tcell\t\t",
                "CL:1\tlymphocyte\tCL:0\t",
                "CL:2\tT cell\tCL:1\t",
                "CL:3\thelper T cell\tCL:2\t",
                "CL:4\tcytotoxic T cell\tCL:2\t",
                "CL:5\tB cell\tCL:1\t",
            ]
            .map(str::to_owned),
        );
        let values = ["CL:3", "CL:4", "CL:5", "none"].map(str::to_owned);
        Broader::new(&terms, &values)
    }

    #[test]
    fn what_is_sure_is_the_value_itself_or_the_nearest_term_above_what_it_may_be() {
        let of = |probabilities: [f64; 4]| {
            broader()
                .narrowest(&probabilities)
                .map(|own| own.0.to_owned())
        };
        assert_eq!(of([0.95, 0.03, 0.02, 0.0]).as_deref(), Some("CL:3"));
        assert_eq!(of([0.5, 0.45, 0.05, 0.0]).as_deref(), Some("CL:2"));
        assert_eq!(of([0.3, 0.3, 0.4, 0.0]).as_deref(), Some("CL:1"));
        assert_eq!(of([0.3, 0.3, 0.0, 0.4]), None);
    }

    #[test]
    fn a_term_holds_the_sum_of_what_is_under_it() {
        let broader = broader();
        let (_, held) = broader.narrowest(&[0.5, 0.45, 0.05, 0.0]).expect("a term");
        assert!((held - 0.95).abs() < 1e-12);
    }
}
