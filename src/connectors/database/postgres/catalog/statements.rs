//! The statements that ask the system catalogue.

use crate::connectors::database::postgres::quote::literal;

/// Lets through what people made and we may read: no system schemas, no partitions beside their parents.
pub(in super::super) const LISTED: &str = "NOT c.relispartition AND left(n.nspname, 3) <> 'pg_' \
     AND n.nspname <> 'information_schema' AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')";

/// Lets through one relation, whether we may read it or not.
pub(in super::super) fn named(schema: &str, name: &str) -> String {
    format!("n.nspname = {} AND c.relname = {}", literal(schema), literal(name))
}

/// `before`, and then three statements: relations, columns, keys.
///
/// None of them opens a relation, as its size or the text of a default would: that would wait for whoever has locked it.
pub(super) fn all(before: &str, filter: &str, version: u32) -> String {
    let matching = format!(
        "matching AS (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {filter})"
    );
    // Columns that an index only carries along are no part of its key.
    let key_columns = if version >= 11 { "i.indnkeyatts" } else { "i.indnatts" };
    // Before, nobody could tell an empty table from one that was never counted.
    let is_counted = if version >= 14 { "c.reltuples >= 0" } else { "c.relpages > 0" };
    let is_deterministic = if version >= 12 { "coll.collisdeterministic" } else { "true" };
    format!(
        "{before}
WITH RECURSIVE {matching},
tree AS (
    SELECT c.oid AS root, c.oid AS part FROM pg_class c JOIN matching ON matching.oid = c.oid
    UNION
    SELECT tree.root, i.inhrelid FROM tree JOIN pg_inherits i ON i.inhparent = tree.part
),
counted AS (
    SELECT tree.root, sum(CASE WHEN {is_counted} THEN c.reltuples END)::float8 AS rows, sum(c.relpages)::int8 AS pages
    FROM tree JOIN pg_class c ON c.oid = tree.part WHERE c.relkind IN ('r', 'm', 'f') GROUP BY tree.root
)
SELECT c.oid, n.nspname, c.relname, c.relkind, d.description, counted.rows,
    coalesce(counted.pages, 0) * current_setting('block_size')::int8,
    pg_stat_get_tuples_inserted(c.oid) > 0 AND pg_stat_get_tuples_updated(c.oid) = 0 AND pg_stat_get_tuples_deleted(c.oid) = 0,
    has_any_column_privilege(c.oid, 'SELECT'), has_schema_privilege(n.oid, 'USAGE'), has_table_privilege(c.oid, 'SELECT'),
    c.relkind = 'r' AND c.relhassubclass AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = c.oid)
FROM matching JOIN pg_class c ON c.oid = matching.oid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN counted ON counted.root = c.oid
    LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\";

WITH RECURSIVE {matching},
step AS (
    SELECT oid AS domain, typbasetype AS base, typtypmod AS modifier, typndims AS dimensions FROM pg_type WHERE typtype = 'd'
    UNION ALL
    SELECT step.domain, t.typbasetype, t.typtypmod, greatest(step.dimensions, t.typndims)
    FROM step JOIN pg_type t ON t.oid = step.base WHERE t.typtype = 'd'
),
domains AS (SELECT step.* FROM step JOIN pg_type t ON t.oid = step.base WHERE t.typtype <> 'd'),
allowed AS (
    SELECT c.oid, c.relkind, has_table_privilege(c.oid, 'SELECT') AS whole FROM pg_class c JOIN matching ON matching.oid = c.oid
)
SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), base.oid, base.typtype = 'e',
    coalesce(element_domain.modifier, domains.modifier, a.atttypmod), greatest(domains.dimensions, a.attndims),
    element_base.oid, element_base.typtype = 'e', a.attnotnull AND allowed.relkind <> 'f', d.description,
    a.attidentity <> '' OR EXISTS (
        SELECT FROM pg_depend needed JOIN pg_class sequence ON sequence.oid = needed.refobjid AND sequence.relkind = 'S'
        WHERE needed.classid = 'pg_attrdef'::regclass AND needed.objid = def.oid AND needed.refclassid = 'pg_class'::regclass
    ),
    coalesce({is_deterministic}, true)
FROM pg_attribute a JOIN allowed ON allowed.oid = a.attrelid
    LEFT JOIN pg_collation coll ON coll.oid = a.attcollation
    LEFT JOIN domains ON domains.domain = a.atttypid
    JOIN pg_type base ON base.oid = coalesce(domains.base, a.atttypid)
    LEFT JOIN pg_type element ON element.oid = base.typelem AND base.typcategory = 'A' AND base.typlen = -1
    LEFT JOIN domains element_domain ON element_domain.domain = element.oid
    LEFT JOIN pg_type element_base ON element_base.oid = coalesce(element_domain.base, element.oid)
    LEFT JOIN pg_attrdef def ON def.adrelid = a.attrelid AND def.adnum = a.attnum
    LEFT JOIN pg_description d ON d.objoid = a.attrelid AND d.classoid = 'pg_class'::regclass AND d.objsubid = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped
    AND (allowed.whole OR has_column_privilege(a.attrelid, a.attnum, 'SELECT') OR NOT has_any_column_privilege(a.attrelid, 'SELECT'))
ORDER BY a.attrelid, a.attnum;

WITH {matching}
SELECT i.indrelid, i.indexrelid, a.attname
FROM pg_index i JOIN matching ON matching.oid = i.indrelid
    CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS part (attnum, position)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = part.attnum
WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND part.position <= {key_columns}
ORDER BY i.indrelid, i.indisprimary DESC, {key_columns}, i.indexrelid, part.position"
    )
}
