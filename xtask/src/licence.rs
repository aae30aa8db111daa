//! Whether a licence expression is satisfied by a list of accepted licences.

/// Whether `expression`, in SPDX form (`MIT OR (Apache-2.0 AND ISC)`) or in cargo's older one
/// (`MIT/Apache-2.0`), is satisfied by `accepted`. An expression that does not parse is not.
pub fn satisfied(expression: &str, accepted: &[String]) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser {
        words: &words,
        accepted,
    };
    parser.alternatives() == Some(true) && parser.words.is_empty()
}

struct Parser<'a> {
    words: &'a [&'a str],
    accepted: &'a [String],
}

impl<'a> Parser<'a> {
    fn alternatives(&mut self) -> Option<bool> {
        let mut any = self.conjunction()?;
        while self.take("OR") {
            any |= self.conjunction()?;
        }
        Some(any)
    }

    fn conjunction(&mut self) -> Option<bool> {
        let mut all = self.term()?;
        while self.take("AND") {
            all &= self.term()?;
        }
        Some(all)
    }

    fn term(&mut self) -> Option<bool> {
        if self.take("(") {
            let inside = self.alternatives()?;
            return self.take(")").then_some(inside);
        }
        let mut licence = self.next()?.to_owned();
        if self.take("WITH") {
            licence = format!("{licence} WITH {}", self.next()?);
        }
        Some(self.accepted.contains(&licence))
    }

    fn next(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    fn take(&mut self, word: &str) -> bool {
        let is_next = self.words.first() == Some(&word);
        if is_next {
            self.words = &self.words[1..];
        }
        is_next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(expression: &str) -> bool {
        let accepted = [
            "MIT",
            "Apache-2.0",
            "Apache-2.0 WITH LLVM-exception",
            "Unicode-3.0",
        ];
        satisfied(expression, &accepted.map(str::to_owned))
    }

    #[test]
    fn one_accepted_alternative_is_enough_and_every_conjunct_is_needed() {
        assert!(holds("MIT"));
        assert!(holds("GPL-3.0 OR MIT"));
        assert!(holds("Unlicense/MIT"));
        assert!(holds("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(holds("Apache-2.0 WITH LLVM-exception OR GPL-2.0"));
        assert!(!holds("MIT AND GPL-3.0"));
        assert!(!holds("GPL-3.0"));
    }

    #[test]
    fn what_does_not_parse_is_not_accepted() {
        for expression in ["", "MIT OR", "(MIT", "MIT MIT", ")"] {
            assert!(!holds(expression), "{expression}");
        }
    }
}
