//! What a user sets on an omics connector.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::sdk::http::HttpOptions;
use crate::sdk::{ConnectorError, NoAuth, Token, auth_forms};

/// Samples, patients or genes of a page.
const PAGE: RangeInclusive<usize> = 1..=10_000;
/// Samples whose alterations are asked for at once.
const SAMPLES: RangeInclusive<usize> = 1..=10_000;
/// The longest line of a file, in MiB.
const LINE_LIMIT_MIB: RangeInclusive<usize> = 1..=1_024;

/// The studies of a cBioPortal, or count matrices and variants from files.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    example = &serde_json::json!({"system": "cbioportal", "studies": ["acc_tcga"], "expression_genes": ["TP53"]}),
    example = &serde_json::json!({"system": "files", "root": "/data/runs"})
)]
pub struct OmicsConfig {
    /// What is read.
    pub system: System,
    /// cBioPortal: its address without `/api`; `https://www.cbioportal.org` where it is absent.
    pub base_url: Option<String>,
    /// cBioPortal: the ids of the studies to read, such as `acc_tcga`; all that the credentials may read where it is absent. At a
    /// portal with hundreds of studies, name those that you need.
    pub studies: Option<Vec<String>>,
    /// cBioPortal: only alterations (mutations, copy numbers, structural variants) of these genes, by Hugo symbol or Entrez id;
    /// of all genes where it is absent.
    pub genes: Option<Vec<String>>,
    /// cBioPortal: the genes, by Hugo symbol or Entrez id, whose values (expression, methylation, protein levels and the like)
    /// `molecular_data` holds; without them it is not offered.
    pub expression_genes: Option<Vec<String>>,
    /// cBioPortal: samples, patients or genes of a page, and those whose clinical data are asked for at once, 1 to 10,000;
    /// 1,000 where it is absent. A portal that gives fewer at once is told, with the number to set.
    #[schemars(range(min = *PAGE.start(), max = *PAGE.end()))]
    pub page_size: Option<usize>,
    /// cBioPortal: samples whose alterations are asked for at once, 1 to 10,000; 50 where it is absent. Of `molecular_data`, 500 times
    /// as many values are, of no more samples than a page has. Give fewer where answers become larger than `http.response_mib`.
    #[schemars(range(min = *SAMPLES.start(), max = *SAMPLES.end()))]
    pub samples_per_request: Option<usize>,
    /// cBioPortal: limits of requests. What is not given here is as the installation has it (`http_client` in its settings).
    #[serde(default)]
    pub http: HttpOptions,
    /// Files: the absolute folder below which they lie, such as `/data/runs`; inside of `network.file_roots`, where the
    /// installation bounds files by it.
    pub root: Option<String>,
    /// Files: only those whose path below the root matches, for example `**/*.vcf.gz` or `run7/**`; all where it is absent. `*`
    /// does not cross a `/`, `**` does.
    pub pattern: Option<String>,
    /// Files: columns of count matrices that are numbers and yet no samples, beside those that are known to be none (`Length`,
    /// `Start`, `End`, `entrez_gene_id` and the like).
    pub annotation_columns: Option<Vec<String>>,
    /// Files: whether the zeros of count matrices become rows; where it is absent, they do, as they are stated. Matrix Market
    /// files do not state them.
    pub keep_zeros: Option<bool>,
    /// Files: the longest line in MiB, 1 to 1,024; 64 where it is absent. A longer one is rejected. A record of a BCF file that says
    /// that it is longer ends the read, since its end cannot be known.
    #[schemars(range(min = *LINE_LIMIT_MIB.start(), max = *LINE_LIMIT_MIB.end()))]
    pub line_limit_mib: Option<usize>,
}

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum System {
    /// A cBioPortal, by its web API.
    Cbioportal,
    /// Count matrices and variants that lie in a folder.
    Files,
}

auth_forms! {
    /// How to sign in at a cBioPortal: not at all at a public one, otherwise by a data access token. Files ask for nothing.
    pub enum OmicsAuth { None(NoAuth), Token(Token) }
}

impl OmicsConfig {
    /// Refuses numbers out of their range, and settings of the other system.
    ///
    /// # Errors
    /// `Config` naming the setting.
    pub(super) fn check(&self) -> Result<(), ConnectorError> {
        let numbers = [
            ("page_size", self.page_size, PAGE),
            ("samples_per_request", self.samples_per_request, SAMPLES),
            ("line_limit_mib", self.line_limit_mib, LINE_LIMIT_MIB),
        ];
        for (name, value, range) in numbers {
            if value.is_some_and(|value| !range.contains(&value)) {
                let message = format!("must be between {} and {}", range.start(), range.end());
                return Err(ConnectorError::config(format!("connectionConfig.{name}"), message));
            }
        }
        let of_portal = [
            ("base_url", self.base_url.is_some()),
            ("studies", self.studies.is_some()),
            ("genes", self.genes.is_some()),
            ("expression_genes", self.expression_genes.is_some()),
            ("page_size", self.page_size.is_some()),
            ("samples_per_request", self.samples_per_request.is_some()),
        ];
        let of_files = [
            ("root", self.root.is_some()),
            ("pattern", self.pattern.is_some()),
            ("annotation_columns", self.annotation_columns.is_some()),
            ("keep_zeros", self.keep_zeros.is_some()),
            ("line_limit_mib", self.line_limit_mib.is_some()),
        ];
        let (strangers, owner) = match self.system {
            System::Cbioportal => (of_files.as_slice(), "files"),
            System::Files => (of_portal.as_slice(), "cbioportal"),
        };
        match strangers.iter().find(|(_, is_given)| *is_given) {
            Some((name, _)) => {
                let message = format!("is a setting of the system {owner}; leave it out");
                Err(ConnectorError::config(format!("connectionConfig.{name}"), message))
            }
            None => Ok(()),
        }
    }
}
