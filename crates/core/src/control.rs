//! Words for controls: what people and their tools write where nothing was done to a sample.
//!
//! A text names a control when each of its words is known here and one of them says so:
//! `DMSO_24h`, `siCtrl`, `Mock-infected`, `non-targeting control #2`, `0.1% DMSO`, `time 0`.

mod words;

use words::{Word, single, word};

/// How a text names a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlWord {
    /// It means a control: `DMSO`, `CTRL_1`, `sgNTC`.
    Plain,
    /// A short word for a control with a number or a letter, which may be another name as a whole:
    /// `WT_1`, `NT-3`.
    Numbered,
    /// A word that is a control to some and something else to others; in words what it may be.
    Doubtful(&'static str),
}

/// How `text` names a control, or `None` where it does not.
pub fn control_word(text: &str) -> Option<ControlWord> {
    let parsed = KnownWords::of(text)?;
    if let [Word::Doubtful(why)] = parsed.words[..]
        && !parsed.is_labelled
    {
        return Some(ControlWord::Doubtful(why));
    }
    let has = |wanted: fn(&Word) -> bool| parsed.words.iter().any(wanted);
    let is_action = |word: &Word| matches!(word, Word::Action | Word::Undone | Word::Reagent);
    let long = has(|word| *word == Word::Control);
    let short = has(|word| *word == Word::Short);
    let negated = has(|word| *word == Word::Not) && parsed.words.iter().any(is_action)
        || has(|word| *word == Word::Before) && has(|word| *word == Word::Action);
    let of_reagent = has(|word| *word == Word::Reagent)
        && has(|word| matches!(word, Word::Beside | Word::Short | Word::Doubtful(_)));
    if long || negated || of_reagent || parsed.is_time_or_dose_zero() {
        return Some(ControlWord::Plain);
    }
    if short {
        return Some(if parsed.is_labelled {
            ControlWord::Numbered
        } else {
            ControlWord::Plain
        });
    }
    parsed.words.iter().find_map(|word| match word {
        Word::Doubtful(why) => Some(ControlWord::Doubtful(why)),
        _ => None,
    })
}

/// Whether `text` can only mean a control.
pub fn is_control_word(text: &str) -> bool {
    control_word(text) == Some(ControlWord::Plain)
}

/// A text by its words, all of them known.
struct KnownWords {
    words: Vec<Word>,
    /// Whether a number or a single letter stands in it that is no dose, time or replicate.
    is_labelled: bool,
    zeros: usize,
    others: usize,
}

impl KnownWords {
    fn of(text: &str) -> Option<Self> {
        let mut parsed = Self {
            words: Vec::new(),
            is_labelled: false,
            zeros: 0,
            others: 0,
        };
        let tokens = tokens(text);
        for (at, token) in tokens.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|before| tokens.get(before));
            let after = tokens.get(at + 1);
            match token {
                Token::Number(number) => {
                    if number.bytes().all(|digit| digit == b'0') {
                        parsed.zeros += 1;
                    } else {
                        parsed.others += 1;
                    }
                    let is_decimal = [before, after].into_iter().flatten().any(Token::is_number);
                    let says_what = is_decimal
                        || after.is_some_and(Token::is_unit)
                        || before.is_some_and(Token::counts);
                    parsed.is_labelled |= !says_what;
                }
                // `No. 1` is no denial.
                Token::Letters(no) if no == "no" && after.is_some_and(Token::is_number) => {}
                Token::Letters(letters) => match word(letters) {
                    Some(known) => parsed.words.extend(known),
                    // The b of `NTC_b`.
                    None if at > 0 && letters.len() == 1 => parsed.is_labelled = true,
                    None => return None,
                },
            }
        }
        let is_filler = |word: &Word| matches!(word, Word::Unit | Word::Counted | Word::Filler);
        if parsed.words.iter().any(|word| !is_filler(word)) {
            parsed.words.retain(|word| !is_filler(word));
        }
        Some(parsed)
    }

    /// `0h`, `time 0`, `day 0`, `0 µM`: a unit with nothing but zeros.
    fn is_time_or_dose_zero(&self) -> bool {
        let only_fillers = |word: &Word| matches!(word, Word::Unit | Word::Counted | Word::Filler);
        self.zeros > 0
            && self.others == 0
            && self.words.contains(&Word::Unit)
            && self.words.iter().all(only_fillers)
    }
}

#[derive(Debug, PartialEq)]
enum Token {
    Letters(String),
    Number(String),
}

impl Token {
    fn is_number(&self) -> bool {
        matches!(self, Self::Number(_))
    }

    fn is_unit(&self) -> bool {
        matches!(self, Self::Letters(own) if single(own) == Some(Word::Unit))
    }

    /// Whether a number behind it is a place in a row.
    fn counts(&self) -> bool {
        matches!(self, Self::Letters(own) if own == "no" || single(own) == Some(Word::Counted))
    }
}

/// Runs of letters and of digits, in lower case; everything else separates. Two that are written as
/// one elsewhere (`wild type`) are one here.
fn tokens(text: &str) -> Vec<Token> {
    let lower = text.to_lowercase().replace("h2o", " water ");
    let mut tokens: Vec<Token> = Vec::new();
    let mut is_joined = false;
    for c in lower.chars() {
        let plain = match c {
            'ï' | 'í' => 'i',
            'é' | 'è' => 'e',
            'µ' | 'μ' => 'u',
            other => other,
        };
        let separated = !std::mem::replace(&mut is_joined, plain.is_alphanumeric());
        match tokens.last_mut() {
            _ if !plain.is_alphanumeric() => {}
            Some(Token::Number(number)) if plain.is_ascii_digit() && !separated => {
                number.push(plain);
            }
            Some(Token::Letters(letters)) if !plain.is_ascii_digit() && !separated => {
                letters.push(plain);
            }
            _ if plain.is_ascii_digit() => tokens.push(Token::Number(plain.to_string())),
            _ => tokens.push(Token::Letters(plain.to_string())),
        }
        // The sign of a percentage is its unit.
        if plain == '%' {
            tokens.push(Token::Letters("percent".to_owned()));
        }
    }
    joined(tokens)
}

fn joined(tokens: Vec<Token>) -> Vec<Token> {
    let mut joined: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        match (joined.last_mut(), token) {
            (_, Token::Letters(zero)) if zero == "zero" => {
                joined.push(Token::Number("0".to_owned()));
            }
            (Some(Token::Letters(before)), Token::Letters(own))
                if single(&format!("{before}{own}")) == Some(Word::Control) =>
            {
                before.push_str(&own);
            }
            (_, token) => joined.push(token),
        }
    }
    joined
}

#[cfg(test)]
mod tests;
