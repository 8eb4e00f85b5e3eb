//! Every format gives the same rows; bad rows are refused one by one, broken files with what was read.

use std::io::{Cursor, Read, Write};
use std::sync::Arc;

use arrow_array::{Float64Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use expect_test::{Expect, expect};
use formats::{OpenOptions, RowSource, Sampled, SourceError, open_file, open_reader};
use proptest::prelude::*;

fn open(bytes: impl Into<Vec<u8>>, options: &OpenOptions) -> Result<Box<dyn RowSource>, SourceError> {
    open_reader(Box::new(Cursor::new(bytes.into())), options)
}

fn told(source: Result<Box<dyn RowSource>, SourceError>) -> String {
    let mut out = String::new();
    let mut source = match source {
        Ok(source) => source,
        Err(error) => return format!("{}: {error}", error.code()),
    };
    loop {
        match source.next_row() {
            Ok(Some(row)) => {
                let fields = match &row.fields {
                    Ok(fields) => serde_json::Value::Object(fields.clone()).to_string(),
                    Err(rejected) => rejected.to_json().to_string(),
                };
                let offset = row.offset.map_or(String::new(), |offset| format!("@{offset}"));
                out += &format!("{}{offset} {fields}\n", row.number);
            }
            Ok(None) => return out,
            Err(error) => return out + &format!("{} after {}: {error}\n", error.code(), error.rows_read()),
        }
    }
}

fn check(bytes: &[u8], expected: Expect) {
    expected.assert_eq(&told(open(bytes, &OpenOptions::default())));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn parquet() -> Vec<u8> {
    let schema = Arc::new(Schema::new(vec![
        Field::new("编号", DataType::Utf8, false),
        Field::new("price", DataType::Float64, true),
        Field::new("n", DataType::Int64, false),
        Field::new("sold", DataType::Timestamp(TimeUnit::Millisecond, None), false),
    ]));
    let batch = RecordBatch::try_new(
        Arc::clone(&schema),
        vec![
            Arc::new(StringArray::from(vec!["甲", "乙", "丙"])),
            Arc::new(Float64Array::from(vec![Some(1.5), None, Some(f64::NAN)])),
            Arc::new(Int64Array::from(vec![1, 2, 3])),
            Arc::new(TimestampMillisecondArray::from(vec![0, 1_714_521_600_000, 1])),
        ],
    );
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, schema, None).unwrap();
    writer.write(&batch.unwrap()).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn rows_of_each_format() {
    check(
        "{\"id\":\"a\"}\n\n{\"id\":\"乙\"}".as_bytes(),
        expect![[r#"
        1@0 {"id":"a"}
        3@12 {"id":"乙"}
    "#]],
    );
    check(
        b" [ {\"id\": \"a]\\\"\"} , {\"x\": [1, {}]} ]",
        expect![[r#"
        1@3 {"id":"a]\""}
        2@20 {"x":[1,{}]}
    "#]],
    );
    check(
        b"\xEF\xBB\xBFid,title\r\na,\"x, \"\"y\"\"\nz\"\n\xE4\xB9\x99,\n",
        expect![[r#"
        1@13 {"id":"a","title":"x, \"y\"\nz"}
        2@28 {"id":"乙","title":null}
    "#]],
    );
    check(
        "id,title\r\na,x\r\n\r\n\n乙,\"y\r\nz\"\r\nc,w".as_bytes(),
        expect![[r#"
        1@10 {"id":"a","title":"x"}
        2@18 {"id":"乙","title":"y\r\nz"}
        3@30 {"id":"c","title":"w"}
    "#]],
    );
    check(
        b"id\ttitle\na\t12\" mattress\nb\t\"x\n",
        expect![[r#"
        1@9 {"id":"a","title":"12\" mattress"}
        2@24 {"id":"b","title":"\"x"}
    "#]],
    );
    check(
        "编号;价格\na;1,5\nb;2,5\n".as_bytes(),
        expect![[r#"
        1@14 {"编号":"a","价格":"1,5"}
        2@20 {"编号":"b","价格":"2,5"}
    "#]],
    );
    check(
        &parquet(),
        expect![[r#"
        1 {"编号":"甲","price":1.5,"n":1,"sold":"1970-01-01T00:00:00Z"}
        2 {"编号":"乙","price":null,"n":2,"sold":"2024-05-01T00:00:00Z"}
        3 {"row":3,"field":"price","code":"number_not_finite","reason":"expected a finite number, got NaN","data":{"编号":"丙","price":null,"n":3,"sold":"1970-01-01T00:00:00.001Z"}}
    "#]],
    );
    check(b"", expect![[""]]);
    check(b"[]", expect![[""]]);
}

#[test]
fn bad_rows_do_not_stop_the_good_ones() {
    check(
        b"{\"id\":\"a\"}\n{\"id\":\n{\"id\":\"\xff\"}\n[1]\n{\"id\":\"b\"}\n",
        expect![[r#"
        1@0 {"id":"a"}
        2@11 {"row":2,"field":"","code":"invalid_json","reason":"expected JSON, got EOF while parsing a value at line 1 column 6","data":"{\"id\":"}
        3@18 {"row":3,"field":"","code":"invalid_utf8","reason":"expected text in UTF-8, got byte 0xff at byte 7","data":"{\"id\":\"�\"}"}
        4@29 {"row":4,"field":"","code":"type_mismatch","reason":"expected a JSON object, got a list of 1","data":[1]}
        5@33 {"id":"b"}
    "#]],
    );
    check(
        b"id,title\na\n\xff,x\nb,y\n",
        expect![[r#"
        1@9 {"row":1,"field":"","code":"row_width","reason":"expected 2 values, as in the header, got 1 values","data":"a"}
        2@11 {"row":2,"field":"id","code":"invalid_utf8","reason":"expected text in UTF-8, got byte 0xff at byte 0","data":"�\tx"}
        3@15 {"id":"b","title":"y"}
    "#]],
    );
}

#[test]
fn broken_files_say_how_far_they_were_read() {
    let lines: String = (0..20_000).map(|n| format!("{{\"id\":\"{}\"}}\n", n * 7919 % 20_011)).collect();
    let packed = gzip(lines.as_bytes());
    let mut source = open(&packed[..packed.len() / 2], &OpenOptions::default()).unwrap();
    let error = loop {
        match source.next_row() {
            Ok(row) => assert!(row.is_some_and(|row| row.fields.is_ok())),
            Err(error) => break error,
        }
    };
    assert!(error.code() == "file_broken" && error.rows_read() > 1000, "{error}");
    check(
        b"[{\"id\": 1}, {\"id\"",
        expect![[r#"
        1@1 {"id":1}
        file_broken after 1: the data breaks off after row 1: the JSON array is not closed
    "#]],
    );
    check(b"\x1f\x8bnot gzip at all", expect!["file_broken: the data breaks off after row 0: invalid gzip header"]);
    check(
        b"PAR1 not parquet",
        expect![
            "parquet_broken: the Parquet file cannot be read after row 0: Parquet error: Invalid Parquet file. Corrupt footer"
        ],
    );
    check(b"id,id\n1,2\n", expect!["header_invalid: the header cannot be used: two columns are called `id`"]);
    let endless = format!("id,title\na,\"{}", "x".repeat(17 << 20));
    expect!["row_too_large after 0: row 1, which begins at byte 9, is longer than 16 MiB: is a quote left open?\n"]
        .assert_eq(&told(open(endless, &OpenOptions::default())));
}

#[test]
fn compression_is_told_by_the_bytes_and_rows_can_be_passed_over() {
    let lines = b"{\"id\":\"a\"}\n{\"id\":\"b\"}\n{\"id\":\"c\"}\n";
    let after = OpenOptions { after_row: 2, ..OpenOptions::default() };
    let third = "3@22 {\"id\":\"c\"}\n";
    assert_eq!(told(open(lines.to_vec(), &after)), third);
    assert_eq!(told(open(gzip(lines), &after)), third);
    assert_eq!(told(open(zstd::encode_all(&lines[..], 1).unwrap(), &after)), third);
    assert!(told(open(parquet(), &after)).starts_with("3 {\"row\":3"));
    assert!(told(open(gzip(&parquet()), &after)).starts_with("3 {\"row\":3"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("misnamed.csv");
    fs_err::write(&path, gzip(lines)).unwrap();
    assert_eq!(told(open_file(&path, &after)), third);
    assert!(matches!(open_file(&folder.path().join("none"), &after), Err(SourceError::Open { .. })));
}

#[test]
fn a_sample_is_given_out_again() {
    let mut source = Sampled::new(open(b"{\"id\":\"a\"}\n{\"x\":1}\n".to_vec(), &OpenOptions::default()).unwrap(), 10);
    assert_eq!((source.columns_seen(), source.rows().len()), (vec!["id".to_owned(), "x".to_owned()], 2));
    assert!(source.next_row().unwrap().is_some() && source.next_row().unwrap().is_some());
    assert!(source.next_row().unwrap().is_none());
}

/// A reader that gives a few bytes at a time.
struct Trickle(Cursor<Vec<u8>>);

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let few = buffer.len().min(3);
        self.0.read(&mut buffer[..few])
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), which in 0usize..6) {
        let beginnings: [&[u8]; 6] = [b"", b"[{\"a\":", b"{\"a\":", b"PAR1", b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd"];
        let all = [beginnings[which], &bytes].concat();
        for format in formats::FORMATS {
            let options = OpenOptions { format: Some(format.name().into()), ..OpenOptions::default() };
            told(open(all.clone(), &options));
        }
        told(open(all, &OpenOptions::default()));
    }

    #[test]
    fn small_reads_give_the_same_rows(text in "[\\[\\]{}\",:a\\\\\n1]{0,60}") {
        let options = OpenOptions::default();
        let trickled = open_reader(Box::new(Trickle(Cursor::new(text.clone().into_bytes()))), &options);
        prop_assert_eq!(told(trickled), told(open(text, &options)));
    }
}
