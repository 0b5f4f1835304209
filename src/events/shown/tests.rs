//! What is told after what.

use chrono::TimeDelta;

use super::*;
use crate::entity::ids::{ConnectorId, SyncEventId, WorkspaceId};
use crate::vocabulary::{SyncEventKind, SyncStatus};

/// One data source of one sync.
struct Scene {
    sync: (WorkspaceId, ConnectorId, SyncLogId),
    source: DataSourceId,
    began: DateTime<Utc>,
}

impl Scene {
    fn new() -> Self {
        let sync = (WorkspaceId::generate(), ConnectorId::generate(), SyncLogId::generate());
        Self { sync, source: DataSourceId::generate(), began: Utc::now() }
    }

    /// A gauge that was made at a second.
    fn gauge(&self, at: i64, rows: u64) -> SyncEvent {
        let queued = SourceProgress::queued(self.source.clone());
        let percent = Some(rows as f64 / 10.0);
        let progress = SourceProgress { status: SyncStatus::Running, rows, bytes: rows * 8, percent, ..queued };
        let (workspace, connector, sync) = self.sync.clone();
        SyncEvent::gauge(workspace, connector, sync, progress, self.began + TimeDelta::seconds(at))
    }

    /// A checkpoint at a place.
    fn fact(&self, place: i64, at: i64, rows: u64) -> SyncEvent {
        let (id, kind) = (Some(SyncEventId::generate()), SyncEventKind::Checkpoint);
        SyncEvent { id, kind, cursor: EventCursor(place), ..self.gauge(at, rows) }
    }

    /// The end of the sync at a place.
    fn end(&self, place: i64, at: i64) -> SyncEvent {
        let status = Some(SyncStatus::Succeeded);
        let (kind, data_source_id) = (SyncEventKind::State, None);
        SyncEvent { kind, data_source_id, status, progress: None, ..self.fact(place, at, 0) }
    }
}

fn figures(event: Option<Arc<SyncEvent>>) -> Option<(u64, u64, Option<f64>)> {
    event.and_then(|event| event.progress.clone()).map(|told| (told.rows, told.bytes, told.percent))
}

#[test]
fn a_fact_that_a_gauge_has_overtaken_does_not_go_back_wherever_it_is_read() {
    let scene = Scene::new();
    let mut telling = Telling::after(EventCursor(0));
    let (first, late) = (scene.fact(1, 0, 100), scene.fact(2, 2, 400));
    assert_eq!(figures(telling.next(first.clone())), Some((100, 800, Some(10.0))));
    assert_eq!(figures(telling.next(scene.gauge(3, 500))), Some((500, 4000, Some(50.0))));
    assert_eq!(figures(Some(telling.as_told(late.clone()))), Some((500, 4000, Some(50.0))), "not told yet");
    assert_eq!(figures(telling.next(late.clone())), Some((500, 4000, Some(50.0))));
    assert_eq!(figures(telling.next(scene.gauge(4, 900))), Some((900, 7200, Some(90.0))));
    assert_eq!(figures(Some(telling.as_told(late))), Some((500, 4000, Some(50.0))), "as it was told");
    assert_eq!(figures(Some(telling.as_told(first))), Some((100, 800, Some(10.0))), "as it was told");
}

#[test]
fn a_gauge_that_is_older_than_a_fact_is_not_told() {
    let scene = Scene::new();
    let mut telling = Telling::after(EventCursor(0));
    let number = |event: Option<Arc<SyncEvent>>| event.map(|event| event.number);
    assert_eq!(number(telling.next(scene.fact(1, 2, 400))), Some(1));
    assert_eq!(number(telling.next(scene.gauge(1, 300))), None);
    assert_eq!(number(telling.next(scene.gauge(2, 400))), Some(2));
    let next = Scene { sync: Scene::new().sync, ..scene };
    assert_eq!(figures(telling.next(next.gauge(3, 1))), Some((1, 8, Some(0.1))), "another sync begins anew");
}

#[test]
fn the_end_tells_what_there_is() {
    let scene = Scene::new();
    let mut shown = Shown::after(EventCursor(0));
    shown.next(scene.gauge(1, 300).into());
    let mut end = scene.fact(1, 2, 200);
    end.progress.as_mut().unwrap().status = SyncStatus::Succeeded;
    assert_eq!(figures(shown.next(end.into())), Some((200, 1600, Some(20.0))));
}

#[test]
fn what_was_told_of_a_sync_is_forgotten_with_its_end() {
    let (scene, other) = (Scene::new(), Scene::new());
    let mut telling = Telling::after(EventCursor(0));
    for event in [scene.gauge(1, 300), scene.fact(1, 2, 400), other.gauge(2, 100), scene.end(2, 3)] {
        telling.next(event).expect("it is told");
    }
    assert_eq!(telling.shown.sources.keys().collect::<Vec<_>>(), [&other.source], "the other sync goes on");
    assert!(telling.shown.ended.is_empty());
}

#[test]
fn what_was_read_from_the_table_is_remembered_until_all_that_was_told_before_was_heard() {
    let (scene, other) = (Scene::new(), Scene::new());
    let mut shown = Shown::after(EventCursor(0));
    for event in [scene.fact(1, 2, 400), scene.end(3, 4)] {
        shown.next(event.into()).expect("it is told");
    }
    shown.heard(&other.fact(2, 3, 100));
    assert_eq!(figures(shown.next(scene.gauge(1, 300).into())), None, "it was told before the end, and is heard now");
    shown.heard(&scene.end(3, 4));
    assert!(shown.sources.is_empty() && shown.ended.is_empty());
}

#[test]
fn of_a_sync_that_ended_before_somebody_listens_nothing_is_remembered() {
    let scene = Scene::new();
    let mut shown = Shown::after(EventCursor(7));
    for event in [scene.fact(1, 2, 400), scene.end(3, 4)] {
        shown.next(event.into()).expect("it is told");
    }
    assert!(shown.sources.is_empty() && shown.ended.is_empty());
}

#[test]
fn an_end_that_is_not_wanted_is_heard_all_the_same() {
    let scene = Scene::new();
    let mut shown = Shown::after(EventCursor(0));
    shown.next(scene.gauge(1, 300).into()).expect("it is told");
    shown.heard(&scene.end(1, 2));
    assert!(shown.sources.is_empty() && shown.ended.is_empty());
}
