//! Symbols that a spreadsheet took for dates: `SEPT2` became `2-Sep`, `MARCH1` became `1-Mar`.
//!
//! Ziemann et al. 2016, doi:10.1186/s13059-016-1044-7; Abeysooriya et al. 2021,
//! doi:10.1371/journal.pcbi.1008984.

/// The first letters of the months in the languages that spreadsheets speak, without accents and in
/// lower case, with the symbols that a month may have been.
const MONTHS: [(&[&str], &[&str]); 12] = [
    (&["jan", "gen", "ene"], &["JAN"]),
    (&["feb", "fev", "fevr"], &["FEB"]),
    (
        &["mar", "mars", "mrz", "marz", "maerz", "mrt", "maa"],
        &["MARCH", "MARC", "MAR"],
    ),
    (&["apr", "avr", "abr"], &["APR"]),
    (&["may", "mai", "mei", "mag", "maj"], &["MAY"]),
    (&["jun", "juin", "giu"], &["JUN"]),
    (&["jul", "juil", "lug"], &["JUL"]),
    (&["aug", "aout", "ago"], &["AUG"]),
    (&["sep", "sept", "set"], &["SEPT", "SEP"]),
    (&["oct", "okt", "ott", "out"], &["OCT"]),
    (&["nov"], &["NOV"]),
    (&["dec", "dez", "dic", "des"], &["DEC"]),
];

/// The days from 1899-12-30, on which spreadsheets count, to 1970-01-01.
const EPOCH: i64 = 25_569;
/// Serial numbers of days from 1995 to 2049.
const SERIALS: std::ops::RangeInclusive<i64> = 34_700..=54_788;

/// The symbols that `name` may have been before a spreadsheet took it for a date; none if it is no
/// date.
pub(super) fn symbols_before(name: &str) -> Vec<String> {
    let plain = folded(name);
    let parts: Vec<&str> = plain
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    let mut found = Vec::new();
    let number = |part: &str| part.parse::<u32>().ok();
    match parts.as_slice() {
        [serial] => {
            if let Some((month, day)) = serial.parse().ok().and_then(month_and_day) {
                add(&mut found, month, day);
            }
        }
        // 2-Sep, Sep-02, 2. Sep, 2-Sep-21.
        [a, b] | [a, b, _] if month(a).is_some() || month(b).is_some() => {
            let (word, day) = if month(a).is_some() { (a, b) } else { (b, a) };
            if let (Some(month), Some(day)) = (month(word), number(day)) {
                add(&mut found, month, day);
            }
        }
        // 2021-09-02, 02.09.2021, 9/2/2021: which of the two is the month is not always told.
        [a, b, c] => {
            let (year, others) = if a.len() == 4 {
                (a, [b, c])
            } else {
                (c, [a, b])
            };
            let [first, second] = others.map(|part| number(part));
            let is_year = matches!(year.len(), 2 | 4) && number(year).is_some();
            if let (true, Some(first), Some(second)) = (is_year, first, second) {
                add(&mut found, first, second);
                if a.len() != 4 && first != second {
                    add(&mut found, second, first);
                }
            }
        }
        _ => {}
    }
    found
}

fn add(found: &mut Vec<String>, month: u32, day: u32) {
    let Some((_, symbols)) = (month as usize)
        .checked_sub(1)
        .and_then(|at| MONTHS.get(at))
    else {
        return;
    };
    if (1..=31).contains(&day) {
        found.extend(symbols.iter().map(|symbol| format!("{symbol}{day}")));
    }
}

/// The number of the month that `word` is, from 1.
fn month(word: &str) -> Option<u32> {
    let at = MONTHS.iter().position(|(words, _)| words.contains(&word))?;
    Some(at as u32 + 1)
}

/// Lower case without the accents of months: `déc`, `août`, `März`.
fn folded(name: &str) -> String {
    name.trim()
        .to_lowercase()
        .chars()
        .map(|c| match c {
            'é' | 'è' | 'ê' => 'e',
            'û' | 'ü' => 'u',
            'ä' | 'á' => 'a',
            c => c,
        })
        .collect()
}

/// Month and day of a serial number, by the civil calendar (Hinnant, `civil_from_days`).
fn month_and_day(serial: i64) -> Option<(u32, u32)> {
    if !SERIALS.contains(&serial) {
        return None;
    }
    let z = serial - EPOCH + 719_468;
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    Some((u32::try_from(month).ok()?, u32::try_from(day).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_in_any_dress_gives_its_symbols_back() {
        for date in [
            "2-Sep",
            "02-Sep",
            "Sep-02",
            "2. Sep",
            "2-sept",
            "2-set",
            "2-Sep-21",
            "2021-09-02",
            "45171",
            "2-SEP",
        ] {
            assert!(symbols_before(date).contains(&"SEPT2".to_owned()), "{date}");
        }
        for date in [
            "1-Mar",
            "01. Mrz",
            "1-mars",
            "1-mrt",
            "43160",
            "1. März",
            "2018/03/01",
        ] {
            assert!(
                symbols_before(date).contains(&"MARCH1".to_owned()),
                "{date}"
            );
        }
        for date in ["1-Dec", "1. Dez", "1-déc", "1-dic"] {
            assert_eq!(symbols_before(date), ["DEC1"], "{date}");
        }
        assert!(symbols_before("3/9/2018").contains(&"SEPT3".to_owned()));
        assert!(symbols_before("3/9/2018").contains(&"MARCH9".to_owned()));
    }

    #[test]
    fn names_of_genes_are_no_dates() {
        for name in [
            "SEPT2",
            "MARCHF1",
            "HLA-A",
            "NKX2-1",
            "7105",
            "1-40",
            "RP11-34P13.7",
            "",
            "MT-ND4",
        ] {
            assert!(symbols_before(name).is_empty(), "{name}");
        }
    }
}
