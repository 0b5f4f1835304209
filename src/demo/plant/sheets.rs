//! The spreadsheets.

use chrono::NaiveDate;

use super::super::story::{StoryTable, StoryValue};
use super::Plant;
use super::deliveries::SUPPLIERS;
use super::floor::{MACHINES, SHIFTS, name_of};

/// All of them.
pub(super) fn all(plant: &Plant) -> Vec<StoryTable> {
    vec![runs(plant), machines(), repairs(plant), deliveries(plant)]
}

fn runs(plant: &Plant) -> StoryTable {
    let rows = plant.runs.iter().map(|run| {
        let machine = &MACHINES[run.machine];
        vec![
            run.id.clone().into(),
            StoryValue::Moment(run.started_at),
            machine.id.into(),
            machine.line.into(),
            SHIFTS[run.shift].name.into(),
            run.product.into(),
            StoryValue::Number(run.hours),
            StoryValue::Integer(run.units),
            StoryValue::Integer(run.scrap),
            StoryValue::Integer(run.downtime),
        ]
    });
    StoryTable {
        title: "Production Runs".into(),
        about: "What each machine made in each run. Scrap is part of the units.".into(),
        columns: vec![
            "run_id",
            "started_at",
            "machine_id",
            "line",
            "shift",
            "product",
            "hours",
            "units",
            "scrap_units",
            "downtime_minutes",
        ],
        rows: rows.collect(),
    }
}

fn machines() -> StoryTable {
    let rows = MACHINES.iter().map(|machine| {
        let installed = NaiveDate::from_ymd_opt(machine.installed, 3, 1).unwrap_or_default();
        vec![
            machine.id.into(),
            machine.name.into(),
            machine.called.into(),
            machine.kind.into(),
            machine.line.into(),
            StoryValue::Day(installed),
        ]
    });
    StoryTable {
        title: "Machines".into(),
        about: "What stands on the floor.".into(),
        columns: vec!["machine_id", "machine_name", "called", "kind", "line", "installed_on"],
        rows: rows.collect(),
    }
}

fn repairs(plant: &Plant) -> StoryTable {
    let rows = plant.repairs.iter().map(|repair| {
        vec![
            repair.id.clone().into(),
            MACHINES[repair.machine].id.into(),
            StoryValue::Day(repair.day),
            repair.kind.into(),
            name_of(repair.technician).into(),
            StoryValue::Number(repair.hours),
            StoryValue::Money(repair.cost),
            repair.note.into(),
        ]
    });
    StoryTable {
        title: "Maintenance Log".into(),
        about: "What was repaired, looked after and inspected.".into(),
        columns: vec!["log_id", "machine_id", "done_on", "kind", "technician", "hours", "cost", "note"],
        rows: rows.collect(),
    }
}

fn deliveries(plant: &Plant) -> StoryTable {
    let rows = plant.deliveries.iter().map(|delivery| {
        vec![
            delivery.id.clone().into(),
            SUPPLIERS[delivery.supplier].name.into(),
            delivery.material.into(),
            StoryValue::Day(delivery.ordered),
            StoryValue::Day(delivery.promised),
            delivery.delivered.map_or(StoryValue::Empty, StoryValue::Day),
            StoryValue::Integer(delivery.quantity),
            StoryValue::Money(delivery.value),
        ]
    });
    StoryTable {
        title: "Supplier Deliveries".into(),
        about: "What was ordered from suppliers, when it was promised and when it came.".into(),
        columns: vec![
            "delivery_id",
            "supplier",
            "material",
            "ordered_on",
            "promised_on",
            "delivered_on",
            "quantity",
            "value",
        ],
        rows: rows.collect(),
    }
}
