//! Counting tests from what cargo's test programs print.

/// A test says that it could not run by a line that begins so: on standard output, which the test
/// program shows under the test's name, or past it on standard error, once per test.
const SKIPPED: &str = "SKIPPED";

/// Whether a line says that a test could not run.
pub fn says_skipped(line: &str) -> bool {
    line.starts_with(SKIPPED)
}

/// How many tests passed, failed, and could not run.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Tests that ran and held.
    pub passed: usize,
    /// Tests that ran and did not hold.
    pub failed: usize,
    /// Tests that were ignored, or said that something they need is absent.
    pub skipped: usize,
}

/// Reads the output of `cargo test -- --show-output` line by line.
#[derive(Debug, Default)]
pub struct Reader {
    tally: Tally,
    skipped_as_passed: usize,
    in_successes: bool,
    test_was_skipped: bool,
}

impl Reader {
    /// Takes the next line; whether a person should see it. What passing tests print is left out,
    /// except for the reasons of those that were skipped.
    pub fn take(&mut self, line: &str) -> bool {
        let line = line.trim_end();
        if line == "successes:" {
            self.in_successes = true;
        } else if line == "failures:" || line.starts_with("test result: ") {
            self.in_successes = false;
        }
        if let Some(counts) = line.strip_prefix("test result: ") {
            self.add(counts);
            return true;
        }
        if !self.in_successes {
            return true;
        }
        if line.starts_with("---- ") {
            self.test_was_skipped = false;
        }
        let skipped = says_skipped(line);
        if skipped && !self.test_was_skipped {
            self.test_was_skipped = true;
            self.skipped_as_passed += 1;
        }
        skipped
    }

    /// Adds `ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out`.
    fn add(&mut self, counts: &str) {
        let count = |what: &str| {
            counts
                .split(['.', ';'])
                .find_map(|part| part.trim().strip_suffix(what)?.trim().parse::<usize>().ok())
                .unwrap_or(0)
        };
        self.tally.passed += count("passed");
        self.tally.failed += count("failed");
        self.tally.skipped += count("ignored");
    }

    /// The counts so far, with `more` tests that said elsewhere that they could not run. The test
    /// programs counted all of those as passed.
    pub fn tally(&self, more: usize) -> Tally {
        let skipped = self.skipped_as_passed + more;
        Tally {
            passed: self.tally.passed.saturating_sub(skipped),
            skipped: self.tally.skipped + skipped,
            ..self.tally
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "\
running 3 tests
test reads ... ok
test compares ... ok
test slow ... ignored

successes:

---- compares stdout ----
SKIPPED compares: no corpus
SKIPPED compares: no corpus either
---- reads stdout ----
chatter

successes:
    compares
    reads

test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.01s

running 1 test
test writes ... FAILED

failures:

---- writes stdout ----
why

failures:
    writes

test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";

    fn read(output: &str) -> (Tally, Vec<&str>) {
        let mut reader = Reader::default();
        let shown = output.lines().filter(|line| reader.take(line)).collect();
        (reader.tally(0), shown)
    }

    #[test]
    fn a_test_that_says_it_was_skipped_is_counted_once_and_not_as_passed() {
        let expected = Tally {
            passed: 1,
            failed: 1,
            skipped: 2,
        };
        assert_eq!(read(OUTPUT).0, expected);
    }

    #[test]
    fn reasons_for_skipping_and_for_failing_are_shown_and_chatter_is_not() {
        let (_, shown) = read(OUTPUT);
        assert!(shown.contains(&"SKIPPED compares: no corpus") && shown.contains(&"why"));
        assert!(!shown.contains(&"chatter"));
    }
}
