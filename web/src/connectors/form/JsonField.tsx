// A setting that no simple input can hold, as JSON. What is not JSON yet is kept as it is typed, and not sent.

import { Textarea } from '@mantine/core';
import { type ReactNode, useState } from 'react';

interface Props {
  label: string;
  description: ReactNode;
  required: boolean;
  error: string | undefined;
  name: string;
  value: unknown;
  onChange: (value: unknown) => void;
}

export function JsonField({ value, onChange, error, ...common }: Props) {
  const [draft, setDraft] = useState(value === undefined ? '' : JSON.stringify(value, null, 2));
  const [trouble, setTrouble] = useState<string>();

  function read(text: string) {
    setDraft(text);
    if (text.trim() === '') {
      setTrouble(undefined);
      onChange(undefined);
      return;
    }
    try {
      onChange(JSON.parse(text));
      setTrouble(undefined);
    } catch (failure) {
      setTrouble(failure instanceof Error ? failure.message : 'this is not JSON');
    }
  }

  return (
    <Textarea
      {...common}
      error={trouble ?? error}
      autosize
      minRows={2}
      maxRows={14}
      ff="monospace"
      placeholder="JSON"
      value={draft}
      onChange={(event) => read(event.currentTarget.value)}
    />
  );
}
