//! JSON in no more bytes than it takes: without blanks, without escapes that nothing needs, and with
//! numbers as short as they read the same.

/// The longest number that is kept as it was written; programs write 24 characters at most.
const LONGEST_NUMBER: usize = 32;
/// Writes `json`, which is known to be JSON, to `out`.
pub(super) fn compact(json: &str, out: &mut String) {
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let (token, after) = rest.split_at(match first {
            '"' => end_of_text(rest),
            '-' | '0'..='9' => {
                let is_of_number = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
                rest.find(|c| !is_of_number(c)).unwrap_or(rest.len())
            }
            _ => first.len_utf8(),
        });
        match first {
            ' ' | '\t' | '\n' | '\r' => {}
            '"' if token.contains('\\') => out.push_str(&without_escapes(token)),
            '-' | '0'..='9' if token.len() > LONGEST_NUMBER => out.push_str(&shorter(token)),
            _ => out.push_str(token),
        }
        rest = after;
    }
}

/// Where a text ends that begins with its quote.
fn end_of_text(json: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    json.len()
}

/// A text with the escapes alone that it must have.
fn without_escapes(token: &str) -> String {
    let read: serde_json::Result<String> = serde_json::from_str(token);
    let written = read.and_then(|text| serde_json::to_string(&text));
    written.unwrap_or_else(|_| token.to_owned())
}

/// A number in few characters that reads as this one does.
fn shorter(token: &str) -> String {
    let read = |text: &str| serde_json::from_str::<f64>(text).ok().map(f64::to_bits);
    let Some(bits) = read(token) else {
        return token.to_owned();
    };
    // The reader of JSON may be off by a unit in the last place, so that what it read is not always
    // what it would read again.
    let written = serde_json::to_string(&f64::from_bits(bits)).ok();
    let mut spellings = written.into_iter().chain(first_digits(token));
    spellings
        .find(|text| read(text) == Some(bits))
        .unwrap_or_else(|| token.to_owned())
}

/// The digits of a number that its reader looks at, which are as many as a whole number of 64 bits
/// holds, and their exponent.
fn first_digits(token: &str) -> Option<String> {
    let (number, exponent) = token.split_once(['e', 'E']).unwrap_or((token, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let sign = if whole.starts_with('-') { "-" } else { "" };
    let whole = whole.trim_start_matches('-');
    let (mut first, mut looked_at) = (0_u64, 0);
    for digit in whole.bytes().chain(fraction.bytes()) {
        let longer = first.checked_mul(10);
        let Some(longer) = longer.and_then(|own| own.checked_add(u64::from(digit - b'0'))) else {
            break;
        };
        (first, looked_at) = (longer, looked_at + 1);
    }
    let exponent: i64 = exponent.parse().ok()?;
    let shifted = i64::try_from(whole.len()).ok()? - looked_at;
    Some(format!("{sign}{first}e{}", exponent.checked_add(shifted)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compacted(json: &str) -> String {
        let mut out = String::new();
        compact(json, &mut out);
        out
    }

    #[test]
    fn blanks_go_but_for_those_in_texts() {
        let spaced =
            " { \"a b\" :\t[ 1 ,\r\n -2.50e+3 , true , null , \"c \\\" : d\\\\\" , \"\\\\\" ] } ";
        assert_eq!(
            compacted(spaced),
            r#"{"a b":[1,-2.50e+3,true,null,"c \" : d\\","\\"]}"#
        );
        let blanks = " ".repeat(1_000_000);
        assert_eq!(
            compacted(&format!("[{blanks}{{{blanks}}}{blanks}]")),
            "[{}]"
        );
        assert_eq!(compacted("\"ü 🧬\""), "\"ü 🧬\"");
    }

    #[test]
    fn escapes_that_nothing_needs_go() {
        let escaped = "\\u0061".repeat(100);
        assert_eq!(
            compacted(&format!("{{\"{escaped}\":\"\\u00e4\\n\\/\"}}")),
            format!("{{\"{}\":\"ä\\n/\"}}", "a".repeat(100))
        );
    }

    #[test]
    fn numbers_of_any_length_read_the_same_when_they_are_short() {
        let mut digits = 7_u64;
        for number in 0..20_000 {
            let mut token = String::from(if number % 3 == 0 { "-" } else { "" });
            token.push(char::from(b'1' + (digits % 9) as u8));
            token.push('.');
            for _ in 0..40 {
                digits = digits
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                token.push(char::from(b'0' + (digits >> 60) as u8 % 10));
            }
            token.push_str(&format!("e{}", number % 600 - 300));
            let short = compacted(&token);
            assert!(short.len() <= LONGEST_NUMBER, "{token} became {short}");
            let read = |text: &str| {
                serde_json::from_str::<f64>(text)
                    .expect("a number")
                    .to_bits()
            };
            assert_eq!(read(&short), read(&token), "{token} became {short}");
        }
        let zeros = "0".repeat(1_000_000);
        for (long, short) in [
            (format!("1.{zeros}"), "1.0"),
            (format!("-0.{zeros}"), "-0.0"),
            (format!("0.{zeros}1e1000001"), "1.0"),
            (format!("25{zeros}e-1000000"), "25.0"),
            (format!("1e{zeros}2"), "100.0"),
        ] {
            assert_eq!(compacted(&long), short);
        }
        for kept in ["0.1", "1e5", "18446744073709551615", "1.0"] {
            assert_eq!(compacted(kept), kept);
        }
    }
}
