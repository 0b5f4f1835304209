//! The columns of a mailbox, and batches of them.

use std::sync::Arc;

use arrow::array::{
    ArrayBuilder, ArrayRef, Int64Builder, ListBuilder, RecordBatch, StringBuilder, StructBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};

use super::message::{Attachment, Mail, Person};
use crate::sdk::types::DESCRIPTION;
use crate::sdk::types::{field, instant};
use crate::sdk::{ConnectorError, ReadEvent, RejectedValue};

/// Where a message lies, which says what tells it from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Store {
    /// `uid_validity` and `uid`.
    Imap,
    /// `position`, its place in the file.
    Mbox,
    /// `file_name`, without what says of its flags.
    Maildir,
}

/// What the store knows of a message, whatever the message says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Envelope {
    pub(super) key: Key,
    /// When the store got it, in microseconds since 1970 in UTC.
    pub(super) received_at: Option<i64>,
    pub(super) flags: Vec<String>,
    /// Bytes, as stored.
    pub(super) size: u64,
}

/// What tells a message from the others of its mailbox.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Key {
    Uid { validity: u32, uid: u32 },
    Position(u64),
    FileName(String),
}

impl Store {
    /// The columns of a mailbox.
    pub(super) fn schema(self) -> SchemaRef {
        let described = |name, data_type, nullable, words| field(name, data_type, nullable, &[(DESCRIPTION, words)]);
        let text = |name, words| described(name, DataType::Utf8, true, words);
        let people = |name, words| described(name, list(DataType::Struct(person_fields())), false, words);
        let ids = |name, words| described(name, list(DataType::Utf8), false, words);
        let mut fields = match self {
            Self::Imap => vec![
                described("uid_validity", DataType::Int64, false, "UIDVALIDITY: with another one, all uids are new"),
                described("uid", DataType::Int64, false, "The message's number in its mailbox"),
            ],
            Self::Mbox => {
                vec![described("position", DataType::Int64, false, "Where the message begins in its file, in bytes")]
            }
            Self::Maildir => {
                vec![described("file_name", DataType::Utf8, false, "The message's file, without its flags")]
            }
        };
        fields.extend([
            text("message_id", "Message-ID, without angle brackets"),
            text("thread_id", "The first message of the conversation: the root of References, or else In-Reply-To"),
            ids("in_reply_to", "The ids of In-Reply-To"),
            ids("reference_ids", "The ids of References, the root first"),
            text("subject", "Subject"),
            text("from_name", "The first author's name"),
            text("from_address", "The first author's address"),
            people("from_addresses", "From"),
            people("to_addresses", "To"),
            people("cc_addresses", "Cc"),
            people("bcc_addresses", "Bcc"),
            people("reply_to_addresses", "Reply-To"),
            described("sent_at", instant(), true, "Date, in UTC"),
            described("received_at", instant(), true, "When the mailbox got it, in UTC (INTERNALDATE)"),
            ids("flags", "Flags and keywords, for example \\Seen, when it was read"),
            described("size", DataType::Int64, false, "Bytes, as stored"),
            text("text", "Its plain text, or text made of its HTML"),
            text("html", "Its HTML"),
            described(
                "attachments",
                list(DataType::Struct(attachment_fields())),
                true,
                "What is attached; NULL where that was not looked at",
            ),
            text("headers", "Its headers as they came, where they are asked for or could not be understood"),
            text("problem", "Why something of the message is missing here"),
        ]);
        Arc::new(Schema::new(fields))
    }
}

fn list(item: DataType) -> DataType {
    DataType::List(item_field(item))
}

fn item_field(item: DataType) -> Arc<Field> {
    Arc::new(Field::new("item", item, true))
}

fn person_fields() -> Fields {
    Fields::from(vec![Field::new("name", DataType::Utf8, true), Field::new("address", DataType::Utf8, true)])
}

fn attachment_fields() -> Fields {
    Fields::from(vec![
        Field::new("name", DataType::Utf8, true),
        Field::new("content_type", DataType::Utf8, true),
        Field::new("size", DataType::Int64, true),
        Field::new("content_id", DataType::Utf8, true),
        Field::new("disposition", DataType::Utf8, true),
    ])
}

/// Gathers messages for a batch.
pub(super) struct Rows {
    schema: SchemaRef,
    numbers: Vec<Int64Builder>,
    names: StringBuilder,
    message_id: StringBuilder,
    thread_id: StringBuilder,
    in_reply_to: ListBuilder<StringBuilder>,
    references: ListBuilder<StringBuilder>,
    subject: StringBuilder,
    from_name: StringBuilder,
    from_address: StringBuilder,
    people: [ListBuilder<StructBuilder>; 5],
    sent_at: TimestampMicrosecondBuilder,
    received_at: TimestampMicrosecondBuilder,
    flags: ListBuilder<StringBuilder>,
    size: Int64Builder,
    text: StringBuilder,
    html: StringBuilder,
    attachments: ListBuilder<StructBuilder>,
    headers: StringBuilder,
    problem: StringBuilder,
    wrong_dates: u64,
    bytes: usize,
}

impl Rows {
    pub(super) fn of(store: Store) -> Self {
        let texts = || ListBuilder::new(StringBuilder::new()).with_field(item_field(DataType::Utf8));
        let structs = |fields: Fields| {
            let builder = StructBuilder::from_fields(fields.clone(), 0);
            ListBuilder::new(builder).with_field(item_field(DataType::Struct(fields)))
        };
        let instants = || TimestampMicrosecondBuilder::new().with_timezone("UTC");
        let numbers = match store {
            Store::Imap => vec![Int64Builder::new(), Int64Builder::new()],
            Store::Mbox => vec![Int64Builder::new()],
            Store::Maildir => Vec::new(),
        };
        Self {
            schema: store.schema(),
            numbers,
            names: StringBuilder::new(),
            message_id: StringBuilder::new(),
            thread_id: StringBuilder::new(),
            in_reply_to: texts(),
            references: texts(),
            subject: StringBuilder::new(),
            from_name: StringBuilder::new(),
            from_address: StringBuilder::new(),
            people: std::array::from_fn(|_| structs(person_fields())),
            sent_at: instants(),
            received_at: instants(),
            flags: texts(),
            size: Int64Builder::new(),
            text: StringBuilder::new(),
            html: StringBuilder::new(),
            attachments: structs(attachment_fields()),
            headers: StringBuilder::new(),
            problem: StringBuilder::new(),
            wrong_dates: 0,
            bytes: 0,
        }
    }

    pub(super) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.size.len()
    }

    /// How large they are, roughly.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a message.
    pub(super) fn add(&mut self, envelope: &Envelope, mail: &Mail) {
        match &envelope.key {
            Key::Uid { validity, uid } => {
                for (builder, number) in self.numbers.iter_mut().zip([validity, uid]) {
                    builder.append_value(i64::from(*number));
                }
            }
            Key::Position(position) => {
                for builder in &mut self.numbers {
                    builder.append_value(number(*position));
                }
            }
            Key::FileName(name) => self.names.append_value(name),
        }
        self.message_id.append_option(mail.message_id.as_ref());
        self.thread_id.append_option(mail.thread_id());
        append_texts(&mut self.in_reply_to, &mail.in_reply_to);
        append_texts(&mut self.references, &mail.references);
        self.subject.append_option(mail.subject.as_ref());
        let author = mail.from.first();
        self.from_name.append_option(author.and_then(|author| author.name.as_ref()));
        self.from_address.append_option(author.and_then(|author| author.address.as_ref()));
        let people = [&mail.from, &mail.to, &mail.cc, &mail.bcc, &mail.reply_to];
        for (builder, people) in self.people.iter_mut().zip(people) {
            append_people(builder, people);
        }
        self.sent_at.append_option(mail.sent_at);
        self.received_at.append_option(envelope.received_at);
        append_texts(&mut self.flags, &envelope.flags);
        self.size.append_value(number(envelope.size));
        self.text.append_option(mail.text.as_ref());
        self.html.append_option(mail.html.as_ref());
        append_attachments(&mut self.attachments, mail.attachments.as_deref());
        self.headers.append_option(mail.headers.as_ref());
        self.problem.append_option(mail.problem.as_ref());
        self.wrong_dates += u64::from(mail.wrong_date);
        let texts = [&mail.text, &mail.html, &mail.headers, &mail.subject];
        let people: usize = people.iter().map(|people| people.len()).sum();
        let texts: usize = texts.iter().map(|text| text.as_ref().map_or(0, String::len)).sum();
        self.bytes +=
            300 + texts + 60 * (people + mail.references.len() + mail.attachments.as_ref().map_or(0, Vec::len));
    }

    /// The batch, and what became NULL in it; empties this.
    ///
    /// # Errors
    /// `Data` where the columns do not match the fields.
    pub(super) fn finish(&mut self) -> Result<Vec<ReadEvent>, ConnectorError> {
        let mut columns: Vec<ArrayRef> =
            self.numbers.iter_mut().map(|builder| Arc::new(builder.finish()) as ArrayRef).collect();
        if self.names.len() > 0 {
            columns.push(Arc::new(self.names.finish()));
        }
        columns.extend([
            Arc::new(self.message_id.finish()) as ArrayRef,
            Arc::new(self.thread_id.finish()),
            Arc::new(self.in_reply_to.finish()),
            Arc::new(self.references.finish()),
            Arc::new(self.subject.finish()),
            Arc::new(self.from_name.finish()),
            Arc::new(self.from_address.finish()),
        ]);
        columns.extend(self.people.iter_mut().map(|builder| Arc::new(builder.finish()) as ArrayRef));
        columns.extend([
            Arc::new(self.sent_at.finish()) as ArrayRef,
            Arc::new(self.received_at.finish()),
            Arc::new(self.flags.finish()),
            Arc::new(self.size.finish()),
            Arc::new(self.text.finish()),
            Arc::new(self.html.finish()),
            Arc::new(self.attachments.finish()),
            Arc::new(self.headers.finish()),
            Arc::new(self.problem.finish()),
        ]);
        self.bytes = 0;
        let batch = RecordBatch::try_new(self.schema(), columns).map_err(|cause| ConnectorError::Data {
            place: "a batch of messages".into(),
            message: "the columns do not match".into(),
            cause: Some(cause.into()),
        })?;
        let mut events = vec![ReadEvent::Batch(batch)];
        let count = std::mem::take(&mut self.wrong_dates);
        if count > 0 {
            let (column, reason) = ("sent_at".to_owned(), "the Date header is no date".to_owned());
            events.push(ReadEvent::RejectedValue(RejectedValue { column, reason, count }));
        }
        Ok(events)
    }
}

fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn append_texts(builder: &mut ListBuilder<StringBuilder>, texts: &[String]) {
    for text in texts {
        builder.values().append_value(text);
    }
    builder.append(true);
}

fn append_people(builder: &mut ListBuilder<StructBuilder>, people: &[Person]) {
    let values = builder.values();
    for person in people {
        append_text(values, 0, person.name.as_deref());
        append_text(values, 1, person.address.as_deref());
        values.append(true);
    }
    builder.append(true);
}

fn append_attachments(builder: &mut ListBuilder<StructBuilder>, attachments: Option<&[Attachment]>) {
    let values = builder.values();
    for attachment in attachments.unwrap_or_default() {
        append_text(values, 0, attachment.name.as_deref());
        append_text(values, 1, attachment.content_type.as_deref());
        if let Some(size) = values.field_builder::<Int64Builder>(2) {
            size.append_value(number(attachment.size));
        }
        append_text(values, 3, attachment.content_id.as_deref());
        append_text(values, 4, attachment.disposition.as_deref());
        values.append(true);
    }
    builder.append(attachments.is_some());
}

fn append_text(values: &mut StructBuilder, place: usize, text: Option<&str>) {
    if let Some(builder) = values.field_builder::<StringBuilder>(place) {
        builder.append_option(text);
    }
}
