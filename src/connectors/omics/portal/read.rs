//! Reading a data source, study after study.

use async_stream::try_stream;
use futures::Stream;
use serde_json::Value;

use super::super::news::News;
use super::Portal;
use super::fields;
use super::place::Place;
use super::source::Source;
use super::steps::{Genes, Steps};
use super::study::{Study, Versions, versions};
use crate::sdk::{ConnectorError, Estimate, ReadEvent, ReadRequest, RejectedRow};

pub(super) fn events(
    portal: Portal,
    request: ReadRequest,
) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
    try_stream! {
        let source = portal.source(&request.source.source_path)?;
        let studies = portal.list_studies().await?;
        let genes = portal.wanted_genes(source).await?;
        let now = versions(&studies);
        // A study that nobody dates may be another one.
        let keeps = source.is_of_studies() && now.values().all(Option::is_some);
        let news: News<Place, Versions> = News::of(&request, &portal.query(source), now, keeps)?;
        let mut rows = source.rows();
        if news.is_whole {
            yield ReadEvent::Whole;
        }
        yield ReadEvent::Schema(rows.schema());
        let batch_bytes = request.batch_bytes.min(request.memory_bytes / 4).max(1);
        let parts = if news.is_done { Vec::new() } else { parts(source, &studies, news.place()) };
        let of_parts = if source.is_of_studies() { studies.len() } else { 1 };
        let left = parts.len();
        for (done, place) in (of_parts.saturating_sub(left)..).zip(parts) {
            let mut steps = Steps::from(&portal, source, &genes, place);
            while let Some(step) = steps.next().await? {
                for raw in &step.objects {
                    let object: Value = serde_json::from_str(raw.get())
                        .map_err(|error| ConnectorError::data(source.name(), format!("an object cannot be read ({error})")))?;
                    match fields::row(source.columns(), &object, raw.get()) {
                        Ok(row) => rows.add(row),
                        Err(reason) => {
                            rows.reject(RejectedRow { position: String::new(), reason, row: raw.get().to_owned() });
                        }
                    }
                    if rows.bytes() >= batch_bytes {
                        yield ReadEvent::Batch(rows.finish()?);
                    }
                }
                for event in rows.events()? {
                    yield event;
                }
                yield fraction((done as f64 + step.fraction) / of_parts.max(1) as f64);
                yield ReadEvent::Checkpoint(news.at(step.place));
            }
        }
        if source == Source::Studies && !news.is_done {
            for study in &studies {
                let object: Value = serde_json::from_str(study.raw.get()).unwrap_or_default();
                if let Ok(row) = fields::row(source.columns(), &object, study.raw.get()) {
                    rows.add(row);
                }
                if rows.bytes() >= batch_bytes {
                    yield ReadEvent::Batch(rows.finish()?);
                }
            }
            if let Some(batch) = rows.take()? {
                yield ReadEvent::Batch(batch);
            }
        }
        yield fraction(1.);
        yield ReadEvent::Checkpoint(news.end());
    }
}

/// Where the parts that are left begin: the studies, or the one list that belongs to none.
fn parts(source: Source, studies: &[Study], place: Option<&Place>) -> Vec<Place> {
    let beginning =
        |study: &str| Place { study: study.to_owned(), profile: None, after: None, page: 0, is_done: false };
    let all = if source.is_of_studies() {
        studies.iter().map(|study| beginning(&study.id)).collect()
    } else if source == Source::Genes {
        vec![beginning("")]
    } else {
        Vec::new()
    };
    let Some(place) = place else { return all };
    let left = all.into_iter().filter(|part| part.study >= place.study);
    left.map(|part| if part.study == place.study { place.clone() } else { part }).collect()
}

fn fraction(fraction: f64) -> ReadEvent {
    ReadEvent::Estimate(Estimate { fraction: Some(fraction.clamp(0., 1.)), ..Estimate::default() })
}

impl Portal {
    /// The genes that a data source is read for.
    async fn wanted_genes(&self, source: Source) -> Result<Genes, ConnectorError> {
        let mut genes = Genes::default();
        match source {
            Source::MolecularData => {
                genes.expressed = self.entrez_ids("expression_genes", &self.expression_genes).await?;
            }
            Source::Mutations | Source::CopyNumbers | Source::StructuralVariants => {
                if let Some(names) = &self.genes {
                    genes.altered = Some(self.entrez_ids("genes", names).await?);
                }
            }
            _ => {}
        }
        Ok(genes)
    }

    /// What a data source is asked for, in a word.
    fn query(&self, source: Source) -> String {
        match source {
            Source::MolecularData => format!("{} of {}", source.name(), self.expression_genes.join(" ")),
            Source::Mutations | Source::CopyNumbers | Source::StructuralVariants => {
                format!(
                    "{} of {}",
                    source.name(),
                    self.genes.as_ref().map_or_else(String::new, |genes| genes.join(" "))
                )
            }
            // Pages of another size would not go on where these ended.
            Source::Patients | Source::Samples | Source::Genes => {
                format!("{} in pages of {}", source.name(), self.page)
            }
            _ => source.name().to_owned(),
        }
    }
}
