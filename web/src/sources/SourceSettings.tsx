// How a data source is read and written.

import type { FragmentType } from '@apollo/client';
import { useFragment, useMutation } from '@apollo/client/react';
import { Button, Group, MultiSelect, NumberInput, Select, Stack, Switch } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type FormEvent, useState } from 'react';
import type { ExtractType, SchemaPolicy, WriteMode } from '../schema.generated';
import { describeError, messageFor } from '../ui/describeError';
import { formatWord } from '../ui/format';
import { Failure, Loading } from '../ui/states';
import {
  ResetSourceDocument,
  type SourceSettings_DataSourceFragment,
  SourceSettings_DataSourceFragmentDoc,
  UpdateSourceDocument,
} from './Source.generated';

const EXTRACTS: ExtractType[] = ['FULL', 'INCREMENTAL'];
const WRITES: WriteMode[] = ['OVERWRITE', 'APPEND', 'MERGE'];
const POLICIES: SchemaPolicy[] = ['EVOLVE', 'FREEZE', 'DISCARD'];

export function SourceSettings({
  source,
}: {
  source: FragmentType<SourceSettings_DataSourceFragment>;
}) {
  const { data, complete } = useFragment({
    fragment: SourceSettings_DataSourceFragmentDoc,
    fragmentName: 'SourceSettings_dataSource',
    from: source,
  });
  return complete ? <SettingsForm key={data.id} source={data} /> : <Loading />;
}

function SettingsForm({ source }: { source: SourceSettings_DataSourceFragment }) {
  const [draft, setDraft] = useState(source);
  // Where nobody has set it, the server chooses one with the cursor.
  const [lookback, setLookback] = useState<number>();
  const [error, setError] = useState<unknown>();
  const [update, { loading }] = useMutation(UpdateSourceDocument);
  const [reset, resetting] = useMutation(ResetSourceDocument, { variables: { id: source.id } });
  const columns = source.schema.map(({ name }) => name);
  const change = (part: Partial<SourceSettings_DataSourceFragment>) =>
    setDraft({ ...draft, ...part });
  const wrong = (name: string) => messageFor(name, error);

  async function save(event: FormEvent) {
    event.preventDefault();
    setError(undefined);
    const { id, extractType, writeMode, schemaPolicy, primaryKey, cursorField } = draft;
    const { detectDeletes, rejectLimit, isActive } = draft;
    try {
      await update({
        variables: {
          input: {
            id,
            extractType,
            writeMode,
            schemaPolicy,
            primaryKey,
            cursorField,
            ...(lookback === undefined ? {} : { lookbackSeconds: lookback }),
            detectDeletes,
            rejectLimit,
            isActive,
          },
        },
      });
      setLookback(undefined);
      notifications.show({ color: 'green', message: 'Saved' });
    } catch (failure) {
      setError(failure);
    }
  }

  async function forget() {
    try {
      await reset();
      notifications.show({ color: 'green', message: 'The next sync reads all of it.' });
    } catch (failure) {
      notifications.show({ color: 'red', message: describeError(failure).message });
    }
  }

  return (
    <form onSubmit={(event) => void save(event)} noValidate>
      <Stack maw={640}>
        <Switch
          label="Read it"
          description="A data source that is off is left out of every sync."
          checked={draft.isActive}
          onChange={(event) => change({ isActive: event.currentTarget.checked })}
        />
        <Select
          label="What is read"
          description="Full reads all of it each time; incremental reads what is new."
          data={EXTRACTS.map(optionOf)}
          value={draft.extractType}
          error={wrong('extractType')}
          onChange={(value) =>
            change({ extractType: EXTRACTS.find((one) => one === value) ?? draft.extractType })
          }
          allowDeselect={false}
        />
        <Select
          label="Cursor"
          description="The column whose values grow with every change; incremental reads go by it."
          data={columns}
          value={draft.cursorField}
          error={wrong('cursorField')}
          onChange={(cursorField) => change({ cursorField })}
          clearable
          searchable
        />
        <Select
          label="How rows are written"
          description="Overwrite replaces the table; append adds to it; merge keeps one row of each key."
          data={WRITES.map(optionOf)}
          value={draft.writeMode}
          error={wrong('writeMode')}
          onChange={(value) =>
            change({ writeMode: WRITES.find((one) => one === value) ?? draft.writeMode })
          }
          allowDeselect={false}
        />
        <MultiSelect
          label="Primary key"
          description="The columns that tell rows apart."
          data={columns}
          value={draft.primaryKey}
          error={wrong('primaryKey')}
          onChange={(primaryKey) => change({ primaryKey })}
          searchable
          clearable
        />
        <Switch
          label="Find deleted rows"
          description="A merge removes rows whose keys are no longer at the source. Databases list their keys for an incremental sync; of other sources, only a full sync finds what is gone."
          checked={draft.detectDeletes}
          error={wrong('detectDeletes')}
          onChange={(event) => change({ detectDeletes: event.currentTarget.checked })}
        />
        <Select
          label="When columns change"
          description="Evolve follows; freeze fails the sync; discard leaves new columns out."
          data={POLICIES.map(optionOf)}
          value={draft.schemaPolicy}
          error={wrong('schemaPolicy')}
          onChange={(value) =>
            change({ schemaPolicy: POLICIES.find((one) => one === value) ?? draft.schemaPolicy })
          }
          allowDeselect={false}
        />
        <Group grow align="flex-start">
          <NumberInput
            label="Look-back"
            description="Seconds before the last cursor at which the next read begins."
            min={0}
            allowDecimal={false}
            value={lookback ?? source.lookbackSeconds}
            error={wrong('lookbackSeconds')}
            onChange={(value) => setLookback(Number(value) || 0)}
          />
          <NumberInput
            label="Rejected rows"
            description="Above so many that cannot be converted, the source fails."
            min={0}
            allowDecimal={false}
            value={draft.rejectLimit}
            error={wrong('rejectLimit')}
            onChange={(value) => change({ rejectLimit: Number(value) || 0 })}
          />
        </Group>
        {error !== undefined && <Failure error={error} />}
        <Group justify="space-between">
          <Button type="submit" loading={loading}>
            Save
          </Button>
          <Button variant="default" loading={resetting.loading} onClick={() => void forget()}>
            Forget where it was
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function optionOf(value: string) {
  return { value, label: formatWord(value) };
}
