//! A stranger reads the simulator of PubMed: Biopython's Entrez, with its own parser and its own copies of NCBI's DTDs.

use std::process::{Command, Stdio};

use dataweaver::connectors::literature::simulator::LiteratureSimulator;
use dataweaver::demo::literature::{Contributor, Form, Library};
use serde_json::{Value, json};

use super::Server;
use crate::servers;

/// Reads everything, with the history and page by page, and prints it as JSON.
const READ: &str = r#"
import json, sys, urllib.request
from Bio import Entrez
base = sys.argv[1]
Entrez.email, Entrez.tool, Entrez.api_key, Entrez.sleep_between_tries = "test@example.com", "test", "a-key", 0.1
# Its functions have NCBI's address in them.
build = Entrez._build_request
Entrez._build_request = lambda cgi, *args, **kwargs: build(cgi.replace("https://eutils.ncbi.nlm.nih.gov", base), *args, **kwargs)
def no_network(self, url, *args, **kwargs): raise RuntimeError("a DTD is missing: " + url)
import Bio.Entrez.Parser as parser
parser.urlopen = lambda url, *args, **kwargs: no_network(None, url)

found = Entrez.read(Entrez.esearch(db="pubmed", term="all[sb]", usehistory="y", retmax=30))
count, articles, books = int(found["Count"]), [], []
for start in range(0, count, 90):
    page = Entrez.read(Entrez.efetch(db="pubmed", WebEnv=found["WebEnv"], query_key=found["QueryKey"], retstart=start, retmax=90, retmode="xml"))
    for record in page["PubmedArticle"]:
        citation = record["MedlineCitation"]
        article = citation["Article"]
        articles.append({
            "id": str(citation["PMID"]),
            "title": str(article["ArticleTitle"]),
            "authors": [str(a.get("LastName", a.get("CollectiveName"))) for a in article["AuthorList"]],
            "orcids": [str(i) for a in article["AuthorList"] for i in a["Identifier"]],
            "affiliations": sum(len(a["AffiliationInfo"]) for a in article["AuthorList"]),
            "abstract": [[s.attributes.get("Label"), str(s)] for s in article.get("Abstract", {}).get("AbstractText", [])],
            "headings": [[str(h["DescriptorName"]), h["DescriptorName"].attributes["MajorTopicYN"], [str(q) for q in h["QualifierName"]]]
                         for h in citation.get("MeshHeadingList", [])],
            "doi": [str(i) for i in record["PubmedData"]["ArticleIdList"] if i.attributes["IdType"] == "doi"],
            "types": [str(t) for t in article["PublicationTypeList"]],
        })
    for record in page["PubmedBookArticle"]:
        books.append(str(record["BookDocument"]["PMID"]))
some = articles[:250]
posted = Entrez.read(Entrez.epost("pubmed", id=",".join(a["id"] for a in some)))
again = Entrez.read(Entrez.efetch(db="pubmed", WebEnv=posted["WebEnv"], query_key=posted["QueryKey"], retmax=250, retmode="xml"))
by_id = Entrez.read(Entrez.efetch(db="pubmed", id=[a["id"] for a in some], retmode="xml"))
year = Entrez.read(Entrez.esearch(db="pubmed", term="all[sb]", datetype="edat", mindate="2020/01/01", maxdate="2020/12/31", retmax=1000))
try:
    Entrez.read(Entrez.efetch(db="pubmed", WebEnv="MCID_gone", query_key="1", retmode="xml"))
    lost = "not told"
except Exception as error:
    lost = str(error)
print(json.dumps({"count": count, "listed": len(found["IdList"]), "articles": articles, "books": books, "year": sorted(str(i) for i in year["IdList"]),
    "posted": len(again["PubmedArticle"]), "by_id": len(by_id["PubmedArticle"]), "lost": lost}))
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn biopython_finds_what_the_library_holds() {
    let Some(python) = std::env::var_os("DATAWEAVER_TEST_PYTHON") else {
        servers::missed("Biopython", "pip install biopython and set DATAWEAVER_TEST_PYTHON to that Python");
        return;
    };
    let server = Server::of(LiteratureSimulator::of(&Library { articles: 320, ..Library::default() })).await;
    let url = server.url.clone();
    let read = move || {
        let mut command = Command::new(python);
        command.args(["-c", READ, &url]).env("NO_PROXY", "127.0.0.1").stdin(Stdio::null());
        command.output().unwrap()
    };
    let output = tokio::task::spawn_blocking(read).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();

    let held = server.simulator.publications();
    let held: Vec<_> = held.iter().filter(|one| one.is_in_pubmed()).rev().collect();
    assert_eq!((&read["count"], &read["listed"]), (&json!(held.len()), &json!(30)));
    let chapters: Vec<_> =
        held.iter().filter(|one| one.form == Form::Chapter).map(|one| one.number.to_string()).collect();
    assert_eq!(read["books"], json!(chapters));
    assert_eq!((&read["posted"], &read["by_id"]), (&json!(250), &json!(250)));
    assert!(read["lost"].as_str().unwrap().contains("400"), "{}", read["lost"]);
    let of_2020 = held.iter().filter(|one| one.entered.to_string().starts_with("2020"));
    let mut of_2020: Vec<String> = of_2020.map(|one| one.number.to_string()).collect();
    of_2020.sort();
    assert_eq!(read["year"], json!(of_2020));

    let articles: Vec<_> = held.iter().filter(|one| one.form == Form::Article).collect();
    assert_eq!(read["articles"].as_array().unwrap().len(), articles.len());
    for (one, read) in articles.into_iter().zip(read["articles"].as_array().unwrap()) {
        let (mut names, mut orcids, mut affiliations) = (Vec::new(), Vec::new(), 0);
        for author in &one.authors {
            match author {
                Contributor::Person { last_name, orcid, affiliations: places, .. } => {
                    names.push(*last_name);
                    orcids.extend(orcid.clone());
                    affiliations += places.len();
                }
                Contributor::Group(name) => names.push(name),
            }
        }
        let headings = one.headings.iter().map(|heading| {
            let qualifiers: Vec<_> = heading.qualifiers.iter().map(|(term, _)| term.name).collect();
            json!([heading.descriptor.name, if heading.is_major { "Y" } else { "N" }, qualifiers])
        });
        let mut italic = false;
        let title = one.title.chars().map(|char| match char {
            '*' => {
                italic = !italic;
                if italic { "<i>".to_owned() } else { "</i>".to_owned() }
            }
            char => char.to_string(),
        });
        let types: Vec<_> = one.types.iter().map(|(name, _)| *name).collect();
        let expected = json!({
            "id": one.number.to_string(), "title": title.collect::<String>(), "authors": names, "orcids": orcids,
            "affiliations": affiliations, "abstract": one.sections, "headings": headings.collect::<Vec<_>>(),
            "doi": [one.doi()], "types": types,
        });
        assert_eq!(*read, expected);
    }
}
