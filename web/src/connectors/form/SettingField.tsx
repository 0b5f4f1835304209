// One setting of a form, asked for in the way of its kind.

import {
  Code,
  Fieldset,
  MultiSelect,
  NumberInput,
  PasswordInput,
  Select,
  Switch,
  TagsInput,
  Textarea,
  TextInput,
} from '@mantine/core';
import type { ReactNode } from 'react';
import { JsonField } from './JsonField';
import { SchemaForm, type Values } from './SchemaForm';
import type { Choice, Setting } from './schema';

interface Props {
  setting: Setting;
  value: unknown;
  error: string | undefined;
  onChange: (value: unknown) => void;
}

export function SettingField({ setting, value, error, onChange }: Props) {
  const common = {
    label: setting.label,
    description: describe(setting.description),
    required: setting.isRequired,
    error,
    name: setting.name,
  };
  const text = typeof value === 'string' ? value : '';
  switch (setting.kind) {
    case 'text':
      if (setting.isLong) {
        return (
          <Textarea
            {...common}
            autosize
            minRows={3}
            maxRows={16}
            ff="monospace"
            value={text}
            onChange={(event) => onChange(event.currentTarget.value)}
          />
        );
      }
      if (setting.isSecret) {
        return (
          <PasswordInput
            {...common}
            autoComplete="off"
            value={text}
            onChange={(event) => onChange(event.currentTarget.value)}
          />
        );
      }
      return (
        <TextInput
          {...common}
          placeholder={placeholderOf(setting)}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'number':
      return (
        <NumberInput
          {...common}
          placeholder={placeholderOf(setting)}
          allowDecimal={!setting.isWhole}
          {...(setting.minimum === undefined ? {} : { min: setting.minimum })}
          {...(setting.maximum === undefined ? {} : { max: setting.maximum })}
          value={typeof value === 'number' ? value : ''}
          onChange={(next) => onChange(typeof next === 'number' ? next : undefined)}
        />
      );
    case 'flag':
      return (
        <Switch
          label={setting.label}
          description={describe(setting.description)}
          error={error}
          checked={typeof value === 'boolean' ? value : setting.default === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case 'choice':
      return (
        <Select
          {...common}
          placeholder={placeholderOf(setting)}
          data={setting.choices.map(optionOf)}
          value={text === '' ? null : text}
          onChange={onChange}
          clearable={!setting.isRequired}
        />
      );
    case 'choices':
      return (
        <MultiSelect
          {...common}
          data={setting.choices.map(optionOf)}
          value={textsOf(value)}
          onChange={onChange}
          clearable
        />
      );
    case 'texts':
      return (
        <TagsInput
          {...common}
          placeholder="Enter after each"
          value={textsOf(value)}
          onChange={onChange}
          clearable
        />
      );
    case 'group':
      return (
        <Fieldset legend={setting.label}>
          <SchemaForm
            settings={setting.settings}
            values={isValues(value) ? value : {}}
            onChange={(next) => onChange(Object.keys(next).length === 0 ? undefined : next)}
          />
        </Fieldset>
      );
    case 'json':
      return <JsonField {...common} value={value} onChange={onChange} />;
  }
}

/** Words in which names stand between backticks, as the schemas have them. */
function describe(text: string | undefined): ReactNode {
  return text?.split('`').map((part, place) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text stay where they are
    place % 2 === 1 ? <Code key={place}>{part}</Code> : part,
  );
}

function optionOf({ value, description }: Choice) {
  const label =
    description === undefined ? value : `${value}: ${description.replaceAll('\n', ' ')}`;
  return { value, label };
}

function placeholderOf(setting: Setting): string {
  return setting.default === undefined || setting.default === null ? '' : String(setting.default);
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
