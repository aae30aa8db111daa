//! Several files as one input, so that one change may be of any of them: each begins with a line
//! `==== NAME`.

const MARK: &[u8] = b"==== ";
/// The longest name, which every file system takes.
const LONGEST_NAME: usize = 200;

/// The files of an input, by name; of two with one name the last. Names are those of files in a
/// folder, so what is not plain is left out.
pub(crate) fn split(input: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for line in input.split_inclusive(|&byte| byte == b'\n') {
        if let Some(name) = line.strip_prefix(MARK) {
            let name = String::from_utf8_lossy(name).trim_end().to_owned();
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            if (1..=LONGEST_NAME).contains(&name.len())
                && !name.starts_with('.')
                && name.chars().all(is_plain)
            {
                files.push((name, Vec::new()));
                continue;
            }
        }
        if let Some((_, content)) = files.last_mut() {
            content.extend_from_slice(line);
        }
    }
    for (_, content) in &mut files {
        // The line break before the next mark is not of the file.
        if content.last() == Some(&b'\n') {
            content.pop();
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_has_what_is_between_its_mark_and_the_next() {
        let input = b"lost\n==== a.tsv\nx\ty\n1\t2\n\n==== b\n==== c\nno end";
        let expected = [("a.tsv", "x\ty\n1\t2\n"), ("b", ""), ("c", "no end")];
        let expected =
            expected.map(|(name, content)| (name.to_owned(), content.as_bytes().to_vec()));
        assert_eq!(split(input), expected);
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let input = b"==== ../x\n1\n==== a/b\n2\n==== ok\n3\n==== .\n".to_vec();
        let input = [input, b"==== ".to_vec(), vec![b'a'; 300], b"\n".to_vec()].concat();
        let names: Vec<String> = split(&input).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["ok"]);
    }
}
