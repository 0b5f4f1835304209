//! Publications as a `PubmedArticleSet` (<https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd>).

use std::fmt::Write;

use chrono::{Datelike, NaiveDate};
use quick_xml::escape::escape;

use crate::demo::literature::{Contributor, Form, Issued, MeshHeading, Publication};

const HEAD: &str = "<?xml version=\"1.0\" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC \"-//NLM//DTD PubMedArticle, 1st January 2025//EN\" \"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd\">\n";
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

pub(super) fn article_set<'a>(publications: impl Iterator<Item = &'a Publication>) -> String {
    let records: String = publications.map(record).collect();
    format!("{HEAD}<PubmedArticleSet>\n{records}</PubmedArticleSet>\n")
}

fn record(one: &Publication) -> String {
    if one.form == Form::Chapter { chapter(one) } else { article(one) }
}

fn article(one: &Publication) -> String {
    let journal = one.journal;
    let status = if one.completed.is_some() { "MEDLINE" } else { "PubMed-not-MEDLINE" };
    let issn = if journal.is_electronic { "Electronic" } else { "Print" };
    let medium = if journal.is_electronic { "Internet" } else { "Print" };
    let completed = one.completed.map_or_else(String::new, |day| date("DateCompleted", "", day));
    let electronic =
        one.electronic.map_or_else(String::new, |day| date("ArticleDate", " DateType=\"Electronic\"", day));
    let types: String = one
        .types
        .iter()
        .map(|(name, ui)| format!("<PublicationType UI=\"{ui}\">{}</PublicationType>", escape(*name)))
        .collect();
    format!(
        "<PubmedArticle><MedlineCitation Status=\"{status}\" Owner=\"NLM\"><PMID Version=\"1\">{pmid}</PMID>{completed}{revised}\
         <Article PubModel=\"{model}\"><Journal><ISSN IssnType=\"{issn}\">{issn_number}</ISSN><JournalIssue CitedMedium=\"{medium}\">\
         <Volume>{volume}</Volume><Issue>{issue}</Issue>{issued}</JournalIssue><Title>{title_of_journal}</Title>\
         <ISOAbbreviation>{abbreviation}</ISOAbbreviation></Journal><ArticleTitle>{title}</ArticleTitle>\
         <Pagination><StartPage>{first}</StartPage><EndPage>{last}</EndPage><MedlinePgn>{first}-{last}</MedlinePgn></Pagination>\
         <ELocationID EIdType=\"doi\" ValidYN=\"Y\">{doi}</ELocationID>{abstract_}{authors}<Language>eng</Language>{grants}\
         <PublicationTypeList>{types}</PublicationTypeList>{electronic}</Article>\
         <MedlineJournalInfo><Country>{country}</Country><MedlineTA>{abbreviation}</MedlineTA><NlmUniqueID>{nlm}</NlmUniqueID>\
         </MedlineJournalInfo>{chemicals}<CitationSubset>IM</CitationSubset>{corrections}{headings}{keywords}</MedlineCitation>\
         <PubmedData>{history}<PublicationStatus>{publication_status}</PublicationStatus>{ids}</PubmedData></PubmedArticle>\n",
        pmid = one.number,
        revised = date("DateRevised", "", one.revised),
        model = if one.electronic.is_some() { "Print-Electronic" } else { "Print" },
        issn_number = journal.issn,
        volume = one.volume,
        issue = one.issue,
        issued = issued(&one.issued),
        title_of_journal = escape(journal.title),
        abbreviation = escape(journal.abbreviation),
        title = marked_up(&one.title),
        first = one.pages.0,
        last = one.pages.1,
        doi = one.doi(),
        abstract_ = sections(one),
        authors = authors(one),
        grants = grants(one),
        country = journal.country,
        nlm = journal.nlm_id,
        chemicals = chemicals(one),
        corrections = corrections(one),
        headings = headings(&one.headings),
        keywords = keywords(one),
        history = history(one),
        publication_status = if one.electronic.is_some() { "epublish" } else { "ppublish" },
        ids = ids(one, true),
    )
}

fn chapter(one: &Publication) -> String {
    format!(
        "<PubmedBookArticle><BookDocument><PMID Version=\"1\">{pmid}</PMID>{own_ids}<Book><Publisher>\
         <PublisherName>Library of Imagined Medicine</PublisherName><PublisherLocation>Brno</PublisherLocation></Publisher>\
         <BookTitle book=\"imagined\">Handbook of Imagined Medicine</BookTitle>{issued}<AuthorList Type=\"editors\">\
         <Author><LastName>Editor</LastName><ForeName>Ed</ForeName><Initials>E</Initials></Author></AuthorList></Book>\
         <ArticleTitle book=\"imagined\" part=\"ch{volume}\">{title}</ArticleTitle><Language>eng</Language>{authors}\
         <PublicationType UI=\"D016454\">Review</PublicationType>{abstract_}{keywords}{revised}{grants}</BookDocument>\
         <PubmedBookData>{history}<PublicationStatus>ppublish</PublicationStatus>{ids}</PubmedBookData></PubmedBookArticle>\n",
        pmid = one.number,
        own_ids = format_args!(
            "<ArticleIdList><ArticleId IdType=\"bookaccession\">NBK{}</ArticleId></ArticleIdList>",
            one.number
        ),
        issued = format_args!("<PubDate><Year>{}</Year></PubDate>", one.entered.year()),
        volume = one.volume,
        title = marked_up(&one.title),
        authors =
            authors(one).replacen("<AuthorList CompleteYN=\"Y\">", "<AuthorList Type=\"authors\" CompleteYN=\"Y\">", 1),
        abstract_ = sections(one),
        keywords = keywords(one),
        revised = date("DateRevised", "", one.revised),
        grants = grants(one),
        history = history(one),
        ids = ids(one, false),
    )
}

fn date(name: &str, attributes: &str, day: NaiveDate) -> String {
    let (year, month, day) = (day.year(), day.month(), day.day());
    format!("<{name}{attributes}><Year>{year}</Year><Month>{month:02}</Month><Day>{day:02}</Day></{name}>")
}

fn issued(issued: &Issued) -> String {
    let month = |day: &NaiveDate| MONTHS[day.month0() as usize];
    let inner = match issued {
        Issued::Day(day) => {
            format!("<Year>{}</Year><Month>{}</Month><Day>{:02}</Day>", day.year(), month(day), day.day())
        }
        Issued::Month(day) => format!("<Year>{}</Year><Month>{}</Month>", day.year(), month(day)),
        Issued::Season(year, season) => format!("<Year>{year}</Year><Season>{season}</Season>"),
        Issued::Words(words) => format!("<MedlineDate>{}</MedlineDate>", escape(words.as_str())),
    };
    format!("<PubDate>{inner}</PubDate>")
}

/// Italics are between asterisks.
fn marked_up(text: &str) -> String {
    let mut marked = String::new();
    for (place, piece) in text.split('*').enumerate() {
        let piece = escape(piece);
        if place % 2 == 1 {
            write!(marked, "<i>{piece}</i>").ok();
        } else {
            marked.push_str(&piece);
        }
    }
    marked
}

fn sections(one: &Publication) -> String {
    let section = |(label, text): &(Option<&'static str>, String)| match label {
        Some(label) => {
            format!("<AbstractText Label=\"{label}\" NlmCategory=\"{label}\">{}</AbstractText>", escape(text.as_str()))
        }
        None => format!("<AbstractText>{}</AbstractText>", escape(text.as_str())),
    };
    listed("Abstract", one.sections.iter().map(section))
}

fn authors(one: &Publication) -> String {
    let author = |author: &Contributor| match author {
        Contributor::Person { last_name, fore_name, initials, orcid, affiliations } => {
            let orcid = orcid
                .as_ref()
                .map_or_else(String::new, |orcid| format!("<Identifier Source=\"ORCID\">{orcid}</Identifier>"));
            let affiliations: String = affiliations
                .iter()
                .map(|place| {
                    format!("<AffiliationInfo><Affiliation>{}</Affiliation></AffiliationInfo>", escape(*place))
                })
                .collect();
            format!(
                "<Author ValidYN=\"Y\"><LastName>{}</LastName><ForeName>{fore_name}</ForeName><Initials>{initials}</Initials>{orcid}{affiliations}</Author>",
                escape(*last_name)
            )
        }
        Contributor::Group(name) => format!("<Author ValidYN=\"Y\"><CollectiveName>{name}</CollectiveName></Author>"),
    };
    listed("AuthorList CompleteYN=\"Y\"", one.authors.iter().map(author))
}

fn grants(one: &Publication) -> String {
    let grant = |(id, agency, country): &(String, &str, &str)| {
        format!("<Grant><GrantID>{id}</GrantID><Agency>{agency}</Agency><Country>{country}</Country></Grant>")
    };
    listed("GrantList CompleteYN=\"Y\"", one.grants.iter().map(grant))
}

fn chemicals(one: &Publication) -> String {
    let chemical = |(name, number, ui): &(&str, &str, &str)| {
        format!(
            "<Chemical><RegistryNumber>{number}</RegistryNumber><NameOfSubstance UI=\"{ui}\">{name}</NameOfSubstance></Chemical>"
        )
    };
    listed("ChemicalList", one.chemicals.iter().map(chemical))
}

fn corrections(one: &Publication) -> String {
    let retraction = |pmid: u64| {
        format!(
            "<CommentsCorrections RefType=\"RetractionIn\"><RefSource>{}. {}</RefSource><PMID Version=\"1\">{pmid}</PMID></CommentsCorrections>",
            one.journal.abbreviation,
            one.revised.year()
        )
    };
    listed("CommentsCorrectionsList", one.retracted_in.into_iter().map(retraction))
}

fn headings(headings: &[MeshHeading]) -> String {
    let yes_or_no = |is_major: bool| if is_major { "Y" } else { "N" };
    let heading = |heading: &MeshHeading| {
        let qualifiers: String = heading
            .qualifiers
            .iter()
            .map(|(term, is_major)| {
                let major = yes_or_no(*is_major);
                format!("<QualifierName UI=\"{}\" MajorTopicYN=\"{major}\">{}</QualifierName>", term.ui, term.name)
            })
            .collect();
        let (term, major) = (heading.descriptor, yes_or_no(heading.is_major));
        format!(
            "<MeshHeading><DescriptorName UI=\"{}\" MajorTopicYN=\"{major}\">{}</DescriptorName>{qualifiers}</MeshHeading>",
            term.ui, term.name
        )
    };
    listed("MeshHeadingList", headings.iter().map(heading))
}

fn keywords(one: &Publication) -> String {
    let keyword = |word: &&str| format!("<Keyword MajorTopicYN=\"N\">{}</Keyword>", escape(*word));
    listed("KeywordList Owner=\"NOTNLM\"", one.keywords.iter().map(keyword))
}

fn history(one: &Publication) -> String {
    let stage = |(status, day): (&str, NaiveDate)| date("PubMedPubDate", &format!(" PubStatus=\"{status}\""), day);
    listed("History", [("pubmed", one.entered), ("entrez", one.created)].into_iter().map(stage))
}

fn ids(one: &Publication, has_doi: bool) -> String {
    let mut ids = vec![("pubmed", one.number.to_string())];
    if has_doi {
        ids.push(("doi", one.doi()));
        ids.extend(one.pmc.map(|number| ("pmc", format!("PMC{number}"))));
    }
    let id = |(kind, value): (&str, String)| format!("<ArticleId IdType=\"{kind}\">{value}</ArticleId>");
    listed("ArticleIdList", ids.into_iter().map(id))
}

/// Items in their list; nothing where there are none.
fn listed(list: &str, items: impl Iterator<Item = String>) -> String {
    let items: String = items.collect();
    if items.is_empty() {
        return items;
    }
    let name = list.split(' ').next().unwrap_or(list);
    format!("<{list}>{items}</{name}>")
}
