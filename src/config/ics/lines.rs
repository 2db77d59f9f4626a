//! The content lines of an ICS file (RFC 5545, 3.1): name and value, each with the line of the file that it begins in.
//!
//! **Why not by a crate.** `icalendar` takes the folding out of the whole text first and tells lines of what is left, and brings a date
//! library and a parser generator along for it; `ical` and `calcard` tell no lines at all. What whoever mends a file needs is its line.

/// One content line; of its parameters nothing is asked: what a value is can be seen from it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Content {
    /// The line of the file that it begins in, from 1.
    pub number: usize,
    /// The text of that line.
    pub line: String,
    /// In capitals.
    pub name: String,
    /// What stands behind the colon.
    pub value: String,
}

/// A line that is none, with its number.
pub(super) type Bad = (usize, String);

/// Reads the content lines. Lines are put together as bytes, for old writers fold within a letter.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Content>, Bad> {
    let mut unfolded: Vec<(usize, Vec<u8>, usize)> = Vec::new();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match (unfolded.last_mut(), line) {
            (Some((_, last, _)), [b' ' | b'\t', rest @ ..]) => last.extend(rest),
            (_, []) => {}
            _ => unfolded.push((number, line.to_vec(), line.len())),
        }
    }
    unfolded.into_iter().map(|(number, whole, first)| content(number, &whole, first)).collect()
}

fn content(number: usize, whole: &[u8], first: usize) -> Result<Content, Bad> {
    let text = String::from_utf8_lossy(whole);
    let line = String::from_utf8_lossy(&whole[..first]).into_owned();
    let Some((head, value)) = split_at_colon(&text) else { return Err((number, line)) };
    let name = head.split(';').next().unwrap_or_default().to_ascii_uppercase();
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_name { Ok(Content { number, line, name, value: value.trim().to_owned() }) } else { Err((number, line)) }
}

/// At the first colon that is not within the quotes of a parameter.
fn split_at_colon(text: &str) -> Option<(&str, &str)> {
    let mut is_quoted = false;
    let place = text.find(|c: char| {
        is_quoted ^= c == '"';
        c == ':' && !is_quoted
    })?;
    Some((&text[..place], &text[place + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folded_line_is_one_and_has_the_number_of_its_beginning() {
        let text = "BEGIN:VEVENT\r\nSUMMARY;X=\"a:b;c\";LANGUAGE=de:Tag der\r\n  Arbeit\r\n\r\nend:VEVENT";
        let lines = read(text.as_bytes()).unwrap();
        assert_eq!(lines.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 2, 5]);
        assert_eq!(lines[1].value, "Tag der Arbeit");
        assert_eq!((lines[1].name.as_str(), lines[2].name.as_str()), ("SUMMARY", "END"));
    }

    #[test]
    fn what_has_no_name_or_no_colon_is_told_with_its_line() {
        assert_eq!(read(b"BEGIN:A\nwhat is this\n"), Err((2, "what is this".to_owned())));
        assert_eq!(read(b"BEGIN:A\n:b\n"), Err((2, ":b".to_owned())));
    }
}
