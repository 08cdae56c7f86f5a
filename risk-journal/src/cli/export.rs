//! `export`: records as CSV, one line each, or as a Parquet file, one row each: the same columns.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use clap::ValueEnum;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::row::{Filter, Names, Row, is_over};
use super::{Journal, Problem, STEP, progress, unreadable};

/// What is written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text, one line a record, with a line of names.
    Csv,
    /// Columns, compressed; needs --out.
    Parquet,
}

impl Format {
    /// What the name of a file says, where nobody says more.
    fn of(out: Option<&Path>) -> Self {
        let extension = out.and_then(Path::extension);
        if extension.is_some_and(|extension| extension == "parquet") { Self::Parquet } else { Self::Csv }
    }
}

/// Rows that a Parquet file keeps together.
const GROUP: usize = 65_536;

pub(crate) fn run(
    history: &Journal,
    filter: &Filter,
    out: Option<&Path>,
    format: Option<Format>,
) -> Result<(), Problem> {
    let create = |path: &Path| File::create(path).map_err(|e| unreadable(format!("{}: {e}", path.display())));
    match (format.unwrap_or_else(|| Format::of(out)), out) {
        (Format::Csv, Some(path)) => csv(history, filter, create(path)?),
        (Format::Csv, None) => csv(history, filter, io::stdout().lock()),
        (Format::Parquet, Some(path)) => columns(history, filter, create(path)?),
        (Format::Parquet, None) => Err(unreadable("a Parquet file needs a name: --out FILE")),
    }
}

/// Hands out the rows that are asked for, until the taker has enough.
fn each(
    history: &Journal,
    filter: &Filter,
    mut take: impl FnMut(Row) -> Result<bool, Problem>,
) -> Result<(), Problem> {
    let last = history.last()?;
    let from = filter.last.map_or(filter.from, |count| last.saturating_sub(count).saturating_add(1));
    let mut names = Names::new(history.config());
    let bar = progress(last, "records");
    for record in history.records(from) {
        let (_, record) = record?;
        if filter.to.is_some_and(|to| record.seq > to) {
            break;
        }
        let row = names.row(&record);
        if record.seq.is_multiple_of(STEP) {
            bar.set_position(record.seq);
        }
        if filter.takes(&row) && !take(row)? {
            break;
        }
    }
    bar.finish_and_clear();
    Ok(())
}

fn csv(history: &Journal, filter: &Filter, to: impl Write) -> Result<(), Problem> {
    let mut writer = csv::Writer::from_writer(to);
    each(history, filter, |row| match writer.serialize(row) {
        Err(error) if matches!(error.kind(), csv::ErrorKind::Io(error) if is_over(error)) => Ok(false),
        written => written.map(|()| true).map_err(unreadable),
    })?;
    match writer.flush() {
        Err(error) if is_over(&error) => Ok(()),
        flushed => flushed.map_err(unreadable),
    }
}

fn columns(history: &Journal, filter: &Filter, to: File) -> Result<(), Problem> {
    let mut table = Columns::begin(to).map_err(unreadable)?;
    each(history, filter, |row| {
        table.rows.push(row);
        if table.rows.len() == GROUP {
            table.write_group().map_err(unreadable)?;
        }
        Ok(true)
    })?;
    table.end().map_err(unreadable)
}

/// A Parquet file under way.
struct Columns {
    file: SerializedFileWriter<File>,
    rows: Vec<Row>,
}

impl Columns {
    fn begin(to: File) -> Result<Self, ParquetError> {
        let texts: String = Row::default()
            .texts()
            .iter()
            .map(|(name, _)| format!("optional binary {name} (STRING);\n"))
            .collect();
        let schema = format!(
            "message records {{ required int64 seq; optional int64 at_ns (TIMESTAMP(NANOS,true));\n{texts} }}"
        );
        let schema = Arc::new(parse_message_type(&schema)?);
        let how = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        Ok(Self { file: SerializedFileWriter::new(to, schema, Arc::new(how))?, rows: Vec::new() })
    }

    /// Column by column, what does not apply as nothing.
    fn write_group(&mut self) -> Result<(), ParquetError> {
        let none = || ParquetError::General("the schema has fewer columns than a row".to_owned());
        let rows = std::mem::take(&mut self.rows);
        let mut group = self.file.next_row_group()?;
        let mut column = group.next_column()?.ok_or_else(none)?;
        let numbers: Vec<i64> = rows.iter().map(|row| row.seq.cast_signed()).collect();
        column.typed::<Int64Type>().write_batch(&numbers, None, None)?;
        column.close()?;
        let mut column = group.next_column()?.ok_or_else(none)?;
        let times: Vec<i64> = rows.iter().filter_map(|row| row.at_ns).collect();
        let there: Vec<i16> = rows.iter().map(|row| i16::from(row.at_ns.is_some())).collect();
        column.typed::<Int64Type>().write_batch(&times, Some(&there), None)?;
        column.close()?;
        for place in 0..Row::default().texts().len() {
            let of = |row: &Row| row.texts().get(place).map_or("", |(_, text)| *text).to_owned();
            let texts: Vec<String> = rows.iter().map(of).collect();
            let there: Vec<i16> = texts.iter().map(|text| i16::from(!text.is_empty())).collect();
            let filled = texts.into_iter().filter(|text| !text.is_empty());
            let values: Vec<ByteArray> = filled.map(|text| ByteArray::from(text.into_bytes())).collect();
            let mut column = group.next_column()?.ok_or_else(none)?;
            column.typed::<ByteArrayType>().write_batch(&values, Some(&there), None)?;
            column.close()?;
        }
        group.close().map(|_| ())
    }

    fn end(mut self) -> Result<(), ParquetError> {
        if !self.rows.is_empty() {
            self.write_group()?;
        }
        self.file.close().map(|_| ())
    }
}
