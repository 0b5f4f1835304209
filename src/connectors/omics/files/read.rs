//! Reading a file: a worker on a blocking thread takes it apart, a bounded channel carries its events.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::Stream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::super::news::News;
use super::format::Format;
use super::sink::{Sink, estimate};
use super::source::Part;
use super::table::Table;
use super::version::{Position, Version};
use super::{Root, counts, damage, input, source, variants};
use crate::sdk::rows::{Rows, schema_of};
use crate::sdk::{ConnectorError, ReadEvent, ReadRequest, Step, stream_of};

/// Reads one data source.
pub(super) fn stream(
    root: Arc<Root>,
    request: ReadRequest,
) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
    stream_of(request.cancel.clone(), move |sender, stop| {
        tokio::task::spawn_blocking(move || {
            let failed = sender.clone();
            let place = request.source.source_path.clone();
            if let Err(error) = damage::caught(&place, || Worker { root, request, sender, stop }.run()) {
                // Nobody listens any more where this fails.
                drop(failed.blocking_send(Err(error)));
            }
        });
    })
}

struct Worker {
    root: Arc<Root>,
    request: ReadRequest,
    sender: mpsc::Sender<Step>,
    stop: CancellationToken,
}

/// The file that is read.
struct Opened<'a> {
    path: &'a str,
    place: PathBuf,
    /// With those that it cannot be read without.
    places: Vec<PathBuf>,
    format: Format,
    part: Part,
}

impl Worker {
    fn run(self) -> Result<(), ConnectorError> {
        let (path, format, part) = source::parse(&self.request.source.source_path)?;
        let place = self.root.place(path)?;
        let mut places = vec![place.clone()];
        if format == Format::MatrixMarket {
            places.extend(counts::labels::find(&self.root.folder()?, &place)?.files());
        }
        let opened = Opened { path, place, places, format, part };
        let versions = versions(&opened)?;
        let query = format!("{path} {}", self.root.options.digest());
        let news: News<Position, Vec<Version>> = News::of(&self.request, &query, versions.clone(), true)?;
        if news.state != versions {
            let message = "the file changed since the read was cut short; sync again";
            return Err(ConnectorError::data(path, message));
        }
        let mut events = Vec::new();
        if news.is_whole {
            events.push(ReadEvent::Whole);
        }
        events.push(ReadEvent::Schema(schema_of(columns(part))));
        if news.is_done {
            events.extend([estimate(1.), ReadEvent::Checkpoint(news.end())]);
            return self.send(events);
        }
        self.send(events)?;
        self.everything(&opened, &news)
    }

    fn everything(&self, opened: &Opened<'_>, news: &News<Position, Vec<Version>>) -> Result<(), ConnectorError> {
        let batch_bytes = self.request.batch_bytes.min(self.request.memory_bytes / 16).max(1);
        let position = news.place().copied();
        let mut sink = Sink::new(&self.sender, Rows::of(columns(opened.part)), batch_bytes, news);
        if position.is_none() && opened.places.iter().any(|place| input::lacks_end(place)) {
            let words = "was packed in blocks and does not end as such files do: it may have been cut short";
            sink.log(format!("{} {words}", opened.path))?;
        }
        let mut table = self.open(opened, position, &sink)?;
        loop {
            if self.stop.is_cancelled() {
                return Err(ConnectorError::Cancelled);
            }
            let before = table.position();
            match table.next(&mut sink) {
                Ok(true) => sink.mark(table.position(), table.fraction())?,
                Ok(false) => break,
                Err(error) => {
                    // What was read until here comes before the failure, which comes again where the read goes on.
                    sink.flush(before, table.fraction())?;
                    return Err(error);
                }
            }
        }
        if versions(opened)? != news.state {
            return Err(ConnectorError::data(opened.path, "the file changed while it was read; sync again"));
        }
        sink.finish()
    }

    fn open(
        &self,
        opened: &Opened<'_>,
        position: Option<Position>,
        sink: &Sink<'_>,
    ) -> Result<Box<dyn Table>, ConnectorError> {
        let Opened { path, place, format, part, .. } = opened;
        let options = &self.root.options;
        let open = || input::open(place, path, &self.stop);
        Ok(match format {
            Format::Matrix => Box::new(counts::dense::Dense::open(open, path, options, position)?),
            Format::MatrixMarket => {
                let labels = counts::labels::find(&self.root.folder()?, place)?;
                let (bytes, progress) = open()?;
                let sparse = counts::sparse::Sparse::open(bytes, progress, path, options)?;
                let labelled = sparse.labelled(&labels, &self.root.scratch, &self.stop, sink)?;
                Box::new(labelled.at(position)?)
            }
            Format::Vcf => Box::new(variants::text::Text::open(open()?, path, options, *part, position, sink)?),
            Format::Bcf => Box::new(variants::binary::Binary::open(open()?, path, options, *part, position)?),
        })
    }

    fn send(&self, events: Vec<ReadEvent>) -> Result<(), ConnectorError> {
        self.sender.blocking_send(Ok(events)).map_err(|_| ConnectorError::Cancelled)
    }
}

fn columns(part: Part) -> &'static [crate::sdk::rows::Column] {
    match part {
        Part::Counts => counts::COLUMNS,
        Part::Variants => variants::VARIANTS,
        Part::Genotypes => variants::GENOTYPES,
    }
}

fn versions(opened: &Opened<'_>) -> Result<Vec<Version>, ConnectorError> {
    let version = |place: &PathBuf| Version::of_file(place, name_of(place, opened));
    opened.places.iter().map(version).collect()
}

/// What users call a file.
fn name_of<'a>(place: &'a Path, opened: &'a Opened<'_>) -> &'a str {
    if *place == opened.place { opened.path } else { place.to_str().unwrap_or(opened.path) }
}
