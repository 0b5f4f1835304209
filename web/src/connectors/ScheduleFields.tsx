// When a connector is read by itself: the usual rhythms, or any cron expression.

import { Group, Select, Switch, TextInput } from '@mantine/core';
import { ownZone } from '../ui/format';

export interface Schedule {
  isOn: boolean;
  cron: string;
  timezone: string;
}

const RHYTHMS = [
  { value: '*/15 * * * *', label: 'Every 15 minutes' },
  { value: '0 * * * *', label: 'Every hour' },
  { value: '0 */6 * * *', label: 'Every 6 hours' },
  { value: '0 6 * * *', label: 'Every day at 06:00' },
  { value: '0 6 * * 1-5', label: 'Every working day at 06:00' },
  { value: '0 6 * * 1', label: 'Every Monday at 06:00' },
];

const ZONES = Intl.supportedValuesOf('timeZone');

export const NO_SCHEDULE: Schedule = { isOn: false, cron: '0 6 * * *', timezone: ownZone() };

interface Props {
  value: Schedule;
  onChange: (schedule: Schedule) => void;
  error?: string | undefined;
}

export function ScheduleFields({ value, onChange, error }: Props) {
  const rhythm = RHYTHMS.find((one) => one.value === value.cron);
  return (
    <>
      <Switch
        label="Read it on a schedule"
        description="Whatever process serves follows it. A sync by hand is possible at any time."
        checked={value.isOn}
        onChange={(event) => onChange({ ...value, isOn: event.currentTarget.checked })}
      />
      {value.isOn && (
        <Group align="flex-start" grow>
          <Select
            label="How often"
            data={[...RHYTHMS, { value: '', label: 'Another rhythm' }]}
            value={rhythm?.value ?? ''}
            onChange={(cron) => onChange({ ...value, cron: cron ?? '' })}
            allowDeselect={false}
          />
          <TextInput
            label="Cron"
            description="minute, hour, day, month, weekday"
            ff="monospace"
            value={value.cron}
            error={error}
            onChange={(event) => onChange({ ...value, cron: event.currentTarget.value })}
          />
          <Select
            label="Time zone"
            data={ZONES.includes(value.timezone) ? ZONES : [value.timezone, ...ZONES]}
            value={value.timezone}
            onChange={(timezone) => onChange({ ...value, timezone: timezone ?? 'UTC' })}
            searchable
            limit={50}
            allowDeselect={false}
          />
        </Group>
      )}
    </>
  );
}
