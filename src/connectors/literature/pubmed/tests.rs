//! Records as PubMed really writes them, with what is rare in them.

use super::super::article::Section;
use super::xml::records;

const SET: &str = r#"<?xml version="1.0" ?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">
<PubmedArticleSet>
<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM" IndexingMethod="Automated"><PMID Version="2">11</PMID>
<DateCompleted><Year>1999</Year><Month>03</Month><Day>02</Day></DateCompleted>
<DateRevised><Year>2019</Year><Month>Nov</Month><Day>9</Day></DateRevised>
<Article PubModel="Print"><Journal><ISSN IssnType="Print">0001-0002</ISSN><JournalIssue CitedMedium="Print"><Volume>5</Volume>
<PubDate><MedlineDate>1998 Dec-1999 Jan</MedlineDate></PubDate></JournalIssue><Title>Made-up Letters</Title></Journal>
<ArticleTitle>Uptake of H<sub>2</sub>O &amp; <i>E. coli</i>: &#946; &lt; 1 <mml:math xmlns:mml="x"><mml:mi>k</mml:mi></mml:math>.</ArticleTitle>
<Pagination><StartPage>7</StartPage><EndPage>9</EndPage></Pagination><ELocationID EIdType="doi" ValidYN="N">10.5555/wrong</ELocationID>
<ELocationID EIdType="doi" ValidYN="Y">10.5555/right</ELocationID>
<Abstract><AbstractText Label="AIMS" NlmCategory="OBJECTIVE">To   see.</AbstractText>
<AbstractText Label="UNLABELLED">No label.</AbstractText><AbstractText Label="EMPTY"/>
<CopyrightInformation>Nobody</CopyrightInformation></Abstract>
<AuthorList CompleteYN="Y"><Author ValidYN="Y" EqualContrib="Y"><LastName>Garc&#237;a</LastName><ForeName>Ana</ForeName><Initials>A</Initials><Suffix>2nd</Suffix>
<Identifier Source="ORCID">http://orcid.org/0000-0002-1825-0097</Identifier>
<AffiliationInfo><Affiliation>Here.</Affiliation></AffiliationInfo><AffiliationInfo><Affiliation>There.</Affiliation></AffiliationInfo></Author>
<Author ValidYN="N"><LastName>Wrong</LastName></Author>
<Author ValidYN="Y"><CollectiveName>The <i>Group</i></CollectiveName></Author></AuthorList>
<Language>eng</Language><Language>spa</Language>
<PublicationTypeList><PublicationType UI="D016428">Journal Article</PublicationType></PublicationTypeList>
<VernacularTitle>Toma de agua.</VernacularTitle></Article>
<MedlineJournalInfo><Country>Spain</Country><MedlineTA>Made Up Lett</MedlineTA><NlmUniqueID>0001</NlmUniqueID></MedlineJournalInfo>
<ChemicalList><Chemical><RegistryNumber>0</RegistryNumber><NameOfSubstance UI="D1">Water</NameOfSubstance></Chemical></ChemicalList>
<CommentsCorrectionsList><CommentsCorrections RefType="ErratumIn"><RefSource>Made Up Lett. 1999</RefSource></CommentsCorrections></CommentsCorrectionsList>
<MeshHeadingList><MeshHeading><DescriptorName UI="D2" MajorTopicYN="N">Cells</DescriptorName>
<QualifierName UI="Q1" MajorTopicYN="Y">metabolism</QualifierName></MeshHeading></MeshHeadingList></MedlineCitation>
<PubmedData><History><PubMedPubDate PubStatus="entrez"><Year>1999</Year><Month>1</Month><Day>5</Day></PubMedPubDate></History>
<PublicationStatus>ppublish</PublicationStatus><ArticleIdList><ArticleId IdType="pubmed">11</ArticleId><ArticleId IdType="pii">S0001</ArticleId></ArticleIdList>
<ReferenceList><Reference><Citation>Other.</Citation><ArticleIdList><ArticleId IdType="doi">10.5555/other</ArticleId></ArticleIdList></Reference></ReferenceList></PubmedData></PubmedArticle>
<PubmedArticle><MedlineCitation Status="Publisher"><PMID Version="1">12</PMID><Article PubModel="Electronic"><Journal><JournalIssue CitedMedium="Internet"><PubDate/></JournalIssue></Journal></Article></MedlineCitation></PubmedArticle>
<PubmedArticle><MedlineCitation Status="Publisher"><Article/></MedlineCitation></PubmedArticle>
<PubmedBookArticle><BookDocument><PMID Version="1">13</PMID><ArticleIdList><ArticleId IdType="bookaccession">NBK1</ArticleId></ArticleIdList>
<Book><Publisher><PublisherName>A Press</PublisherName></Publisher><BookTitle book="b">A Book</BookTitle><PubDate><Year>2001</Year><Season>Spring</Season></PubDate>
<AuthorList Type="editors"><Author><LastName>Editor</LastName></Author></AuthorList></Book>
<AuthorList Type="authors"><Author><LastName>Writer</LastName><Initials>W</Initials></Author></AuthorList><Abstract><AbstractText>All.</AbstractText></Abstract></BookDocument></PubmedBookArticle>
<DeleteCitation><PMID Version="1">14</PMID></DeleteCitation>
</PubmedArticleSet>"#;

#[test]
fn a_citation_is_read_with_all_that_is_rare() {
    let records = records(SET);
    assert_eq!(records.len(), 4, "what was deleted is no record");
    let article = records[0].as_ref().unwrap();
    assert_eq!((article.id.as_str(), article.version), ("11", Some(2)));
    assert_eq!(article.title.as_deref(), Some("Uptake of H2O & E. coli: β < 1 k."));
    assert_eq!(article.vernacular_title.as_deref(), Some("Toma de agua."));
    assert_eq!(article.doi.as_deref(), Some("10.5555/right"), "neither the wrong one nor that of a reference");
    assert_eq!(article.other_ids, [("pii".to_owned(), "S0001".to_owned())]);
    assert_eq!(article.pages.as_deref(), Some("7-9"));
    assert_eq!((article.published.year, article.published.month, article.published.date()), (Some(1998), None, None));
    assert_eq!(article.published.text.as_deref(), Some("1998 Dec-1999 Jan"));
    assert_eq!(article.revised_on.unwrap().to_string(), "2019-11-09");
    assert_eq!(article.created_on.unwrap().to_string(), "1999-01-05");
    let section = |label: Option<&str>, category: Option<&str>, text: &str| Section {
        label: label.map(str::to_owned),
        category: category.map(str::to_owned),
        text: text.to_owned(),
    };
    let sections = [section(Some("AIMS"), Some("OBJECTIVE"), "To see."), section(None, None, "No label.")];
    assert_eq!(article.sections, sections);
    assert_eq!(article.abstract_text().as_deref(), Some("AIMS: To see.\n\nNo label."));
    let [person, group] = article.authors.as_slice() else { panic!("{:?}", article.authors) };
    assert_eq!(person.display_name().as_deref(), Some("García A 2nd"));
    assert_eq!(person.orcid.as_deref(), Some("0000-0002-1825-0097"));
    assert_eq!(
        (person.affiliations.as_slice(), person.equal_contribution),
        (&["Here.".into(), "There.".into()][..], Some(true))
    );
    assert_eq!(group.collective_name.as_deref(), Some("The Group"));
    assert_eq!((article.headings[0].is_major(), article.headings[0].descriptor.is_major), (Some(true), Some(false)));
    assert_eq!((article.chemicals[0].registry_number.as_deref(), article.languages.len()), (None, 2));
    assert_eq!(article.related[0].kind, "ErratumIn");
    assert_eq!(
        (article.journal.issn.as_deref(), article.journal.electronic_issn.as_deref()),
        (Some("0001-0002"), None)
    );
    assert_eq!(article.journal.abbreviation.as_deref(), Some("Made Up Lett"));
}

#[test]
fn what_a_record_does_not_state_is_absent() {
    let records = records(SET);
    let bare = records[1].as_ref().unwrap();
    assert_eq!((bare.title.as_ref(), bare.published.text.as_ref(), bare.doi.as_ref()), (None, None, None));
    assert!(bare.authors.is_empty() && bare.abstract_text().is_none() && bare.revised_on.is_none());
    assert!(records[2].as_ref().unwrap_err().reason.contains("no PMID"));
}

#[test]
fn a_chapter_of_a_book_is_read() {
    let records = records(SET);
    let chapter = records[3].as_ref().unwrap();
    assert_eq!((chapter.id.as_str(), chapter.title.as_deref()), ("13", Some("A Book")));
    assert_eq!((chapter.book.as_deref(), chapter.publisher.as_deref()), (Some("A Book"), Some("A Press")));
    assert_eq!(chapter.authors[0].display_name().as_deref(), Some("Writer W"));
    assert_eq!(chapter.published.text.as_deref(), Some("2001 Spring"));
    assert_eq!(chapter.other_ids[0].1, "NBK1");
}

#[test]
fn an_answer_that_breaks_off_gives_what_was_whole() {
    assert_eq!(records(&SET[..SET.find("<PMID Version=\"1\">12").unwrap()]).len(), 1);
    assert!(records("no XML").is_empty());
    let deep = "<a>".repeat(100_000);
    assert!(records(&deep).is_empty());
}
