use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use types::FieldError;

use crate::{Error, Result};

/// Longest line accepted, in bytes: far above any document, far below what a broken file could ask for.
const LINE_BYTES_MAX: u64 = 64 << 20;

/// The file called `name`, plain or compressed, in `dir`.
pub(crate) fn find(dir: &Path, name: &str) -> Option<PathBuf> {
    ["", ".gz", ".zst"].iter().map(|suffix| dir.join(format!("{name}{suffix}"))).find(|path| path.is_file())
}

/// As [`find`], where the file has to be there.
pub(crate) fn require(dir: &Path, name: &str) -> Result<PathBuf> {
    find(dir, name).ok_or_else(|| Error::Missing {
        dir: dir.to_path_buf(),
        expected: format!("a file {name} (or {name}.gz, {name}.zst)"),
    })
}

/// Opens a file for reading, unpacking it where its name ends in `.gz` or `.zst`.
pub(crate) fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    let file = BufReader::new(fs_err::File::open(path).map_err(|error| Error::file(path, error))?);
    let zstd = |file| zstd::Decoder::new(file).map_err(|error| Error::file(path, error));
    Ok(match path.extension().and_then(|extension| extension.to_str()) {
        Some("gz") => Box::new(BufReader::new(flate2::bufread::MultiGzDecoder::new(file))),
        Some("zst") => Box::new(BufReader::new(zstd(file)?)),
        _ => Box::new(file),
    })
}

/// Calls `take` for every line that is not blank, with its number from 1; a fault it finds gets file and line.
pub(crate) fn each(path: &Path, mut take: impl FnMut(u64, &str) -> std::result::Result<(), FieldError>) -> Result<()> {
    let mut reader = open(path)?;
    let mut buffer = Vec::new();
    for line in 1.. {
        buffer.clear();
        let wrong = |wrong| Error::Line { path: path.to_path_buf(), line, wrong };
        let mut limited = (&mut reader).take(LINE_BYTES_MAX);
        if limited.read_until(b'\n', &mut buffer).map_err(|error| Error::file(path, error))? == 0 {
            break;
        }
        if buffer.len() as u64 == LINE_BYTES_MAX {
            return Err(wrong(FieldError::new("line_too_long", "line", "at most 64 MiB", "more")));
        }
        let text = std::str::from_utf8(&buffer)
            .map_err(|error| wrong(FieldError::new("utf8_invalid", "line", "UTF-8", error.to_string())))?;
        let text = if line == 1 { text.trim_start_matches('\u{feff}') } else { text };
        let text = text.trim_end_matches(['\n', '\r']);
        if !text.trim().is_empty() {
            take(line, text).map_err(wrong)?;
        }
    }
    Ok(())
}

/// Calls `take` for every row of a table whose first line names its columns, with the values of `columns` in that order.
/// A column ending in `?` may be missing; its value is then empty.
pub(crate) fn each_row<const N: usize>(
    path: &Path,
    delimiter: u8,
    columns: [&str; N],
    mut take: impl FnMut([&str; N]) -> std::result::Result<(), FieldError>,
) -> Result<()> {
    let quoting = delimiter == b',';
    let mut table =
        csv::ReaderBuilder::new().delimiter(delimiter).quoting(quoting).flexible(true).from_reader(open(path)?);
    let wrong = |line, wrong| Error::Line { path: path.to_path_buf(), line, wrong };
    let broken = |error: csv::Error| table_error(path, error);
    let head = table.headers().map_err(broken)?.clone();
    let mut places = [None; N];
    for (place, column) in places.iter_mut().zip(columns) {
        let name = column.trim_end_matches('?');
        *place = head.iter().position(|field| field.trim_start_matches('\u{feff}').trim() == name);
        if place.is_none() && name == column {
            let got = head.iter().collect::<Vec<_>>().join(",");
            let expected = format!("a head line with the columns {}", columns.join(","));
            return Err(wrong(1, FieldError::new("column_missing", column, expected, got)));
        }
    }
    let mut row = csv::StringRecord::new();
    while table.read_record(&mut row).map_err(broken)? {
        let line = row.position().map_or(0, csv::Position::line);
        let mut values = [""; N];
        for ((value, place), column) in values.iter_mut().zip(places).zip(columns) {
            let Some(place) = place else { continue };
            let expected =
                || FieldError::new("column_missing", column, format!("{} columns", head.len()), row.len().to_string());
            *value = row.get(place).ok_or_else(|| wrong(line, expected()))?;
        }
        take(values).map_err(|error| wrong(line, error))?;
    }
    Ok(())
}

/// What is wrong with a table, with the line.
pub(crate) fn table_error(path: &Path, error: csv::Error) -> Error {
    let line = error.position().map_or(0, csv::Position::line);
    let text = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(source) => Error::file(path, source),
        _ => {
            let wrong = FieldError::new("table_invalid", "line", "a row of a table in UTF-8", text);
            Error::Line { path: path.to_path_buf(), line, wrong }
        }
    }
}

/// Writes a file whole.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    let mut file = fs_err::File::create(path).map_err(|error| Error::file(path, error))?;
    file.write_all(text.as_bytes()).map_err(|error| Error::file(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_plain_gzip_and_zstd_alike() {
        let dir = tempfile::tempdir().unwrap();
        let text = "\u{feff}连衣裙 1\r\n\nred dress 2";
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(text.as_bytes()).unwrap();
        fs_err::write(dir.path().join("a.txt"), text).unwrap();
        fs_err::write(dir.path().join("b.txt.gz"), gz.finish().unwrap()).unwrap();
        fs_err::write(dir.path().join("c.txt.zst"), zstd::encode_all(text.as_bytes(), 1).unwrap()).unwrap();
        for name in ["a.txt", "b.txt", "c.txt"] {
            let mut lines = Vec::new();
            let path = require(dir.path(), name).unwrap();
            each(&path, |number, line| {
                lines.push((number, line.to_owned()));
                Ok(())
            })
            .unwrap();
            assert_eq!(lines, [(1, "连衣裙 1".to_owned()), (3, "red dress 2".to_owned())], "{name}");
        }
    }

    #[test]
    fn faults_name_file_and_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.txt");
        let message =
            |result: Result<()>| result.unwrap_err().to_string().replace(&dir.path().display().to_string(), "DIR");
        assert_eq!(
            message(require(dir.path(), "x.txt").map(drop)),
            "DIR: expected a file x.txt (or x.txt.gz, x.txt.zst)"
        );

        fs_err::write(&path, b"good\n\xff\n").unwrap();
        let got = message(each(&path, |_, _| Ok(())));
        assert!(got.starts_with("DIR/a.txt, line 2: `line`: expected UTF-8, got"), "{got}");

        fs_err::write(&path, "id,gain\n1,1\n2\n").unwrap();
        let rows = |columns| each_row(&path, b',', columns, |_| Ok(()));
        assert_eq!(message(rows(["id", "gain"])), "DIR/a.txt, line 3: `gain`: expected 2 columns, got 1");
        let head = "DIR/a.txt, line 1: `item`: expected a head line with the columns id,item, got id,gain";
        assert_eq!(message(rows(["id", "item"])), head);

        let gz = dir.path().join("a.txt.gz");
        fs_err::write(&gz, b"\x1f\x8bnot gzip").unwrap();
        assert!(message(each(&gz, |_, _| Ok(()))).starts_with("DIR/a.txt.gz: "));
    }
}
