// A form that is drawn from a JSON Schema: what is required first, all else below it.

import { Accordion, Stack } from '@mantine/core';
import { SettingField } from './SettingField';
import type { Setting } from './schema';

export type Values = Record<string, unknown>;

interface Props {
  settings: Setting[];
  values: Values;
  onChange: (values: Values) => void;
  /** What the server said of a setting, by its name. */
  errors?: Record<string, string>;
}

export function SchemaForm({ settings, values, onChange, errors = {} }: Props) {
  const first = settings.filter((one) => one.isRequired || one.isSecret || one.name in errors);
  const others = settings.filter((one) => !first.includes(one));
  // A form of few settings hides none of them.
  const shown = others.length <= 4 ? [...first, ...others] : first;
  const folded = others.length <= 4 ? [] : others;

  const field = (setting: Setting) => (
    <SettingField
      key={setting.name}
      setting={setting}
      value={values[setting.name]}
      error={errors[setting.name]}
      onChange={(value) => onChange(withValue(values, setting.name, value))}
    />
  );
  return (
    <Stack gap="md">
      {shown.map(field)}
      {folded.length > 0 && (
        <Accordion variant="separated" chevronPosition="left">
          <Accordion.Item value="more">
            <Accordion.Control>More settings</Accordion.Control>
            <Accordion.Panel>
              <Stack gap="md">{folded.map(field)}</Stack>
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
      )}
    </Stack>
  );
}

/** The values with one of them changed; what is empty is left out, so that the server's default holds. */
export function withValue(values: Values, name: string, value: unknown): Values {
  const { [name]: _, ...others } = values;
  const isEmpty =
    value === undefined ||
    value === null ||
    value === '' ||
    (Array.isArray(value) && value.length === 0);
  return isEmpty ? others : { ...others, [name]: value };
}
